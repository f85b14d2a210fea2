/**
 * The TCP half of the meter: one connection to each chosen peer; the client sends its byte
 * counter each interval and the server sends it back. Up: from the first answer on, so that a
 * stranger on the port is no stream. Broken: a reset or time-out of a connection
 * that was up. A clean end is a peer's meter that ended: connected again, not broken. A stall is
 * the time without an answer beyond one interval. `never`: peers never connected in the
 * first 3 s or later.
 */
export const STREAMS = String.raw`
my ($server, %served); my @flows; my $seen = 0;
sub nonblocking { my $h = shift; my $f = fcntl($h, 3, 0); fcntl($h, 4, $f | 2048) }
sub endpoint { my $h;
  socket($h, $six ? AF_INET6 : AF_INET, SOCK_STREAM, 6) or return; nonblocking($h);
  setsockopt($h, 6, 1, pack("i", 1)); $_[0] = $h; return 1 }
sub tcp_start {
  return "off" unless $port;
  endpoint($server) && setsockopt($server, SOL_SOCKET, SO_REUSEADDR, pack("i", 1))
    && bind($server, sockaddr($port, $self)) && listen($server, 1024)
    or do { my $why = "port $port: $!"; undef $server; return $why };
  @flows = map { { peer => $_, state => "none", broken => 0, stall => 0, try => 0 } } split /,/, $streams;
  return "on";
}
sub tcp_open { my ($f, $now) = @_; my $h;
  $f->{try} = $now;
  endpoint($h) && bind($h, sockaddr(0, $self)) or return;
  connect($h, sockaddr($port, $peers[$f->{peer}])) || $!{EINPROGRESS} or return;
  $f->{h} = $h; $f->{state} = "opening";
}
sub tcp_drop { my ($f, $broken) = @_; close $f->{h}; delete $f->{h};
  $f->{broken}++ if $broken && $f->{state} eq "up"; $f->{state} = "none" }
sub stalled { my ($f, $now) = @_; return unless $f->{state} eq "up";
  my $gap = $now - $f->{last} - $interval; $f->{stall} = $gap if $gap > $f->{stall} }
sub tcp_watch { my ($in, $out) = @_; return unless $server;
  vec($$in, fileno($server), 1) = 1;
  vec($$in, $_, 1) = 1 for keys %served;
  for (grep { $_->{h} } @flows) {
    my $set = $_->{state} eq "opening" ? $out : $in; vec($$set, fileno($_->{h}), 1) = 1;
  }
}
sub tcp_turn { my ($in, $out, $now) = @_; return unless $server;
  # Our own pause is not the network's.
  if ($seen && $now - $seen > 1) { $_->{last} = $now for @flows }
  $seen = $now;
  for my $f (grep { $_->{h} } @flows) {
    my $n = fileno($f->{h});
    if ($f->{state} eq "opening") {
      next unless vec($out, $n, 1);
      if (unpack("i", getsockopt($f->{h}, SOL_SOCKET, SO_ERROR))) { tcp_drop($f, 0); next }
      $f->{state} = "greeting"; $f->{bytes} = 0; send($f->{h}, "0\n", 0x4040);
    } elsif (vec($in, $n, 1)) {
      my $got = sysread($f->{h}, my $text, 65536);
      if ($got) { stalled($f, $now); $f->{last} = $now; $f->{state} = "up"; $f->{ever} = 1 }
      elsif (defined $got) { tcp_drop($f, 0) }
      elsif (!$!{EAGAIN}) { stalled($f, $now); tcp_drop($f, 1) }
    }
  }
  for my $n (grep { vec($in, $_, 1) } keys %served) {
    my $got = sysread($served{$n}, my $text, 65536);
    if ($got) { send($served{$n}, $text, 0x4040) }
    elsif (defined $got || !$!{EAGAIN}) { close delete $served{$n} }
  }
  if (vec($in, fileno($server), 1)) {
    while (accept(my $h, $server)) { nonblocking($h); $served{fileno($h)} = $h }
  }
}
sub tcp_tick { my $now = shift; return unless $server;
  for my $f (@flows) {
    if ($f->{state} eq "up") {
      my $n = send($f->{h}, "$f->{bytes}\n", 0x4040);
      if (defined $n) { $f->{bytes} += $n }
      elsif ($!{EPIPE}) { tcp_drop($f, 0) }
      elsif (!$!{EAGAIN}) { stalled($f, $now); tcp_drop($f, 1) }
    } elsif ($f->{state} eq "none" && $now - $f->{try} >= 0.25) { tcp_open($f, $now) }
  }
}
# Closing with unread data would reset the peers' streams.
sub tcp_end {
  for (values %served) { shutdown($_, 1); 1 while sysread($_, my $text, 65536) > 0; close $_ }
}
sub tcp_report { my $now = shift; return "null" unless $server;
  stalled($_, $now) for @flows;
  my $up = grep { $_->{state} eq "up" } @flows;
  my $never = join ",", map { $_->{peer} } grep { !$_->{ever} } $now - $t0 > 3 ? @flows : ();
  my $broken = join ",", map { "[$_->{peer},$_->{broken}]" } grep { $_->{broken} } @flows;
  my $stall = 0; for (@flows) { $stall = $_->{stall} if $_->{stall} > $stall }
  return qq({"streams":) . @flows . qq(,"up":$up,"never":[$never],"broken":[$broken],"stall":) . int(1000 * $stall) . "}";
}
`;
