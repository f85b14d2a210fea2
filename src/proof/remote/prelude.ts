/**
 * Start of every Perl program that is sent to a node. It needs perl-base alone: Time::HiRes is
 * not in it on Debian, hence /proc/uptime (10 ms) as the second clock. The program dies by alarm
 * after $limit seconds, and its loops end when stdin ends or says `stop`.
 */
export const PRELUDE = String.raw`
use strict; use warnings; no warnings "uninitialized"; use Socket; use Errno; $| = 1;
my $limit = shift @ARGV; alarm($limit);
my $hr = eval { require Time::HiRes; Time::HiRes::clock_gettime(1); 1 };
open(my $up, "<", "/proc/uptime") or fail("/proc/uptime: $!");
sub now {
  return Time::HiRes::clock_gettime(1) if $hr;
  my $text = ""; sysseek($up, 0, 0); sysread($up, $text, 64); $text =~ /^(\S+)/; return $1;
}
sub fail { my $why = shift; $why =~ s/["\\]|[^ -~]/?/g; print qq({"error":"$why"}\n); exit 1 }
my $control = "";
sub told_to_end {
  my $n = sysread(STDIN, $control, 4096, length $control);
  return !$n || $control =~ /^stop$/m;
}
sub readable {
  my ($seconds, @handles) = @_; my $bits = "";
  vec($bits, fileno($_), 1) = 1 for @handles;
  my $n = select($bits, undef, undef, $seconds);
  return $n > 0 ? $bits : "";
}
sub is6 { return $_[0] =~ /:/ }
sub packed { my $a = shift; return is6($a) ? Socket::inet_pton(AF_INET6, $a) : inet_aton($a) }
sub sockaddr { my ($port, $a) = @_;
  return is6($a) ? Socket::pack_sockaddr_in6($port, packed($a)) : pack_sockaddr_in($port, packed($a)) }
# A raw socket that hears one ICMP type (4 or 6 by the address it is bound to).
sub icmp { my ($self, $type4, $type6) = @_; my $s;
  if (is6($self)) {
    socket($s, AF_INET6, SOCK_RAW, 58) or fail("raw ICMPv6 socket: $!");
    my @block = (0xffffffff) x 8; $block[$type6 >> 5] &= ~(1 << ($type6 & 31)) & 0xffffffff;
    setsockopt($s, 58, 1, pack("L8", @block));
  } else {
    socket($s, AF_INET, SOCK_RAW, 1) or fail("raw ICMP socket: $!");
    setsockopt($s, 255, 1, pack("L", ~(1 << $type4) & 0xffffffff));
  }
  setsockopt($s, SOL_SOCKET, 33, pack("i", 4194304)) or setsockopt($s, SOL_SOCKET, SO_RCVBUF, pack("i", 1048576));
  bind($s, sockaddr(0, $self)) or fail("bind $self: $!");
  return $s;
}
# One packet: the sender's packed address, ICMP type, sequence number, payload; empty when none waits.
sub hear { my ($s, $six) = @_;
  my $from = recv($s, my $data, 65536, 0x40); return unless defined $from;
  my $who = $six ? (Socket::unpack_sockaddr_in6($from))[1] : (unpack_sockaddr_in($from))[1];
  my $at = $six ? 0 : (ord($data) & 15) * 4;
  return if length($data) < $at + 8;
  return ($who, ord(substr($data, $at, 1)), unpack("n", substr($data, $at + 6, 2)), substr($data, $at + 8));
}
`;

/** Shell test that is true where Perl and its Socket module are. */
export const HAS_PERL = 'command -v perl >/dev/null 2>&1 && perl -MSocket -e 1 >/dev/null 2>&1';
