import { PRELUDE } from './prelude.ts';

/**
 * Counts what two kernel filters let through, by addresses. Two sockets, so that a flood of
 * encrypted packets cannot push out a clear one. Arguments: limit, seconds, device, both filters,
 * the cluster's prefixes (`first,last` as numbers), separated by `;`. Prints, when told to end:
 * `{"clear":["bare"|"vxlan",src,dst,n]}` (vxlan: outer addresses), `{"encrypted":[src,dst,n]}`,
 * `{"first":{via,src,dst,proto}}` (vxlan: inner addresses), `{"end":1,"dropped":n,"more":n}`.
 */
export const CAPTURE_PERL = `${PRELUDE}${String.raw`
my ($seconds, $dev, $clear_filter, $enc_filter, $nets) = @ARGV;
my @nets = map { [split /,/] } split /;/, $nets;
my %ports; my $most = 2000; my ($more, $first) = (0, "");
sub tap { my $filter = shift; my $s;
  socket($s, 17, SOCK_DGRAM, 0) or fail("packet socket: $!");
  my @code = map { pack("SCCL", split /,/) } split /;/, $filter;
  my $code = join "", @code;
  setsockopt($s, SOL_SOCKET, 26, pack("S x![P] P", scalar @code, $code)) or fail("socket filter: $!");
  setsockopt($s, SOL_SOCKET, 33, pack("i", 8388608));
  my $name = pack("a16x16", $dev);
  ioctl($s, 0x8933, $name) or fail("no interface $dev: $!");
  my $index = unpack("x16i", $name);
  bind($s, pack("S n i x12", 17, 3, $index)) or fail("bind to $dev: $!");
  return $s;
}
sub inside { my $a = shift; for (@nets) { return 1 if $a >= $_->[0] && $a <= $_->[1] } return 0 }
sub quad { return join ".", unpack("C4", pack("N", $_[0])) }
my $clear = tap($clear_filter); my $enc = tap($enc_filter); my (%clear, %enc);
sub add { my ($counts, $key) = @_;
  if (exists $counts->{$key} || keys %$counts < $most) { $counts->{$key}++ } else { $more++ } }
sub addresses { my ($data, $at) = @_; return unpack("NN", substr($data, $at + 12, 8)) }
sub drain {
  while (defined recv($clear, my $data, 256, 0x40)) {
    my ($src, $dst) = addresses($data, 0); my ($via, $at) = ("bare", 0);
    unless (inside($src) && inside($dst)) { $via = "vxlan"; $at = (ord($data) & 15) * 4 + 30 }
    add(\%clear, "\"$via\",\"" . quad($src) . "\",\"" . quad($dst) . "\"");
    next if $first;
    my ($from, $to) = addresses($data, $at);
    $first = sprintf qq({"via":"%s","src":"%s","dst":"%s","proto":%d}), $via, quad($from), quad($to), ord(substr($data, $at + 9, 1));
  }
  while (defined recv($enc, my $data, 256, 0x40)) {
    my ($src, $dst) = addresses($data, 0); add(\%enc, "\"" . quad($src) . "\",\"" . quad($dst) . "\"");
  }
}
print qq({"ready":"perl"}\n);
my $stop = now() + $seconds;
while ((my $left = $stop - now()) > 0) {
  my $bits = readable($left, \*STDIN, $clear, $enc);
  drain() if $bits ne "";
  last if vec($bits, 0, 1) && told_to_end();
}
drain();
my (undef, $dropped) = unpack("LL", getsockopt($clear, 263, 6));
print qq({"clear":[$_,$clear{$_}]}\n) for sort keys %clear;
print qq({"encrypted":[$_,$enc{$_}]}\n) for sort keys %enc;
print qq({"first":$first}\n) if $first;
print qq({"end":1,"dropped":) . ($dropped || 0) . qq(,"more":$more}\n);
`}`;
