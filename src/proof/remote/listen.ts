import { PRELUDE } from './prelude.ts';

/**
 * Counts echo requests that arrive, per sender and size, after this node's own firewall: the only
 * evidence that tells which direction of a pair is broken. Arguments: limit, own address, mark
 * (16 hex digits, at byte 16 of the payload), sizes, peers.
 */
export const LISTEN = `${PRELUDE}${String.raw`
my ($self, $mark, $sizes, @peers) = @ARGV;
my $pattern = pack("H16", $mark); my $six = is6($self);
my %size = map { $_ => 1 } split /,/, $sizes;
my %name = map { packed($_) => $_ } @peers;
my $s = icmp($self, 8, 128); my %seen;
sub drain {
  while (my ($who, $type, $seq, $payload) = hear($s, $six)) {
    my $peer = $name{$who}; my $n = length $payload;
    next unless defined $peer && $size{$n} && ($n < 24 || substr($payload, 16, 8) eq $pattern);
    $seen{"\"$peer\",$n"}{$seq} = 1;
  }
}
print qq({"ready":"perl"}\n);
while (1) {
  my $bits = readable(undef, \*STDIN, $s);
  drain() if vec($bits, fileno($s), 1);
  last if vec($bits, 0, 1) && told_to_end();
}
drain();
print qq({"seen":[$_,), scalar(keys %{$seen{$_}}), "]}\n" for sort keys %seen;
print qq({"end":1}\n);
`}`;
