import { PRELUDE } from './prelude.ts';
import { STREAMS } from './streams.ts';

/**
 * One process that pings every peer once per slot of `interval` ms. A slot is answered within 1 s
 * of its request or lost; slots that the process slept through (stopped, starved for over 1 s)
 * are lost too, so what counts is elapsed time, not what was sent. Each second one line, all
 * values since the start:
 * `{"n":settled slots,"lag":ms not settled yet,"bad":[[peer,lost,longest,open,head]…],"tcp":…}`
 * where `longest`, `open` (still going on) and `head` (from slot 0) are runs of lost slots, and
 * peers without loss are left out. Arguments: limit, interval, nonce (16 hex digits), TCP port or
 * 0, indices of the peers with a stream, own address, peers.
 */
export const METER = `${PRELUDE}${String.raw`
my ($ms, $nonce, $port, $streams, $self, @peers) = @ARGV;
my $interval = $ms / 1000; my $six = is6($self); my $late = 1;
my $s = icmp($self, 0, 129); my $magic = pack("H16", $nonce); my $id = $$ & 0xffff;
my @to = map { sockaddr(0, $_) } @peers;
my %index = map { packed($peers[$_]) => $_ } 0 .. $#peers;
eval { setpriority(0, 0, -10) };
my $all = ""; vec($all, $_, 1) = 1 for 0 .. $#peers;
my $t0 = now(); my ($sent, $settled, $troubled) = (-1, 0, 0);
my (%at, %got); my @lost = (0) x @peers; my @longest = @lost; my @open = @lost; my @head = @lost;

sub sum16 { my $sum = unpack("%32n*", $_[0]); $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  return ~$sum & 0xffff }
sub ask { my ($slot, $now) = @_;
  my $body = $magic . pack("NN", $slot, 0); my $type = $six ? 128 : 8;
  my @head = ($type, 0, 0, $id, $slot & 0xffff);
  $head[2] = sum16(pack("CCnnn", @head) . $body) unless $six;
  my $packet = pack("CCnnn", @head) . $body;
  send($s, $packet, 0x40, $_) for @to;
  $at{$slot} = $now; $got{$slot} = "";
}
sub collect {
  while (my ($who, $type, $seq, $body) = hear($s, $six)) {
    next unless substr($body, 0, 8) eq $magic && exists $index{$who};
    my $slot = unpack("N", substr($body, 8, 4));
    vec($got{$slot}, $index{$who}, 1) = 1 if exists $at{$slot};
  }
}
sub settle { my $now = shift;
  while ($settled <= $sent && (!exists $at{$settled} || $now - $at{$settled} > 1)) {
    my $bits = delete $got{$settled}; delete $at{$settled};
    if ($troubled || $bits ne $all) {
      $troubled = 0;
      for my $i (0 .. $#peers) {
        if (vec($bits, $i, 1)) { $open[$i] = 0; next }
        $troubled = 1; $lost[$i]++; $open[$i]++;
        $longest[$i] = $open[$i] if $open[$i] > $longest[$i];
        $head[$i] = $open[$i] if $open[$i] == $settled + 1;
      }
    }
    $settled++;
  }
}
sub report { my $now = shift;
  my $bad = join ",", map { "[$_,$lost[$_],$longest[$_],$open[$_],$head[$_]]" } grep { $lost[$_] } 0 .. $#peers;
  my $lag = int(1000 * ($now - $t0) - $settled * $ms); $lag = 0 if $lag < 0;
  print qq({"n":$settled,"lag":$lag,"bad":[$bad],"tcp":), tcp_report($now), "}\n";
}
${STREAMS}
my $tcp = tcp_start(); $tcp =~ s/["\\]|[^ -~]/?/g;
print qq({"ready":"perl","tcp":"$tcp"}\n);
my $told = now();
while (1) {
  my $next = $t0 + ($sent + 1) * $interval - now();
  my ($in, $out) = ("", "");
  vec($in, 0, 1) = 1; vec($in, fileno($s), 1) = 1; tcp_watch(\$in, \$out);
  my $n = select($in, $out, undef, $next > 0 ? $next : 0);
  ($in, $out) = ("", "") if $n <= 0;
  my $now = now();
  collect();
  settle($now);
  tcp_turn($in, $out, $now);
  my $slot = int(($now - $t0) / $interval);
  if ($slot > $sent) {
    my $from = ($slot - $sent) * $interval > $late ? $slot : $sent + 1;
    ask($_, $now) for $from .. $slot;
    $sent = $slot; tcp_tick($now);
  }
  if ($now - $told >= 1) { report($now); $told = $now }
  last if vec($in, 0, 1) && told_to_end();
}
report(now()); print qq({"end":1}\n);
# Streams stay open until the channel closes, so that no peer sees them end before its own last words.
1 while sysread(STDIN, $control, 4096) > 0;
tcp_end();
`}`;
