#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
#
# collect.pl CORPUS OUT: the stream of fuzz-guard (guard.h) as files, each whole
# at any moment. Inputs go to CORPUS, findings and buckets to OUT/findings and
# OUT/buckets; OUT/status has the last status, OUT/plot_data and
# OUT/fuzzer_stats what afl-plot draws. Prints the status as it comes.
use strict;
use warnings;

my ($corpus, $out) = @ARGV;
my ($inputs, $begun, $over) = (0, 0, 1);
my %dir = (input => $corpus, finding => "$out/findings",
	bucket => "$out/buckets");

sub put {
	my ($path, $data) = @_;

	open my $f, '>', "$path.new" or die "$path.new: $!\n";
	print $f $data;
	close $f or die "$path.new: $!\n";
	rename "$path.new", $path or die "$path: $!\n";
}

# What of earlier rounds is there, so that time goes on.
my ($t0, $execs0) = (0, 0);
if (open my $f, '<', "$out/plot_data") {
	while (<$f>) {
		next if /^#/;
		my @v = split /, /;
		($t0, $execs0) = @v[0, 11];
	}
	close $f;
}
open my $plot, '>>', "$out/plot_data" or die "$out/plot_data: $!\n";
$plot->autoflush(1);
print $plot '# ' . join(', ', qw(relative_time cycles_done cur_item
	corpus_count pending_total pending_favs map_size saved_crashes
	saved_hangs max_depth execs_per_sec total_execs edges_found)), "\n"
	unless -s "$out/plot_data";

sub status {
	my %s = map { split /=/, $_, 2 } split ' ', shift;
	my $time = $t0 + $s{time};
	my $execs = $execs0 + $s{execs};
	my $line = sprintf "%d s: %d executions, %d/s, corpus %d (+%d), "
		. "edges %d, findings %d, known %d, unfit %d, errors %d",
		$time, $execs, $s{speed}, scalar(() = glob "$corpus/*"),
		$inputs, @s{qw(edges findings known unfit errors)};

	put "$out/status", "$line\n";
	print STDERR "$line\n";
	print $plot join(', ', $time, 0, 0, $s{corpus}, 0, 0,
		sprintf('%.2f%%', $s{edges} / 655.36), $s{findings}, 0, 0,
		$s{speed}, $execs, $s{edges}), "\n";
	put "$out/fuzzer_stats", "afl_banner        : deflect\n"
		. "execs_done        : $execs\nrun_time          : $time\n";
}

while (<STDIN>) {
	s/\r?\n$//;
	if (/^(input|finding|bucket) ([\w.-]+) ([0-9a-f]*)$/) {
		my $path = "$dir{$1}/$2" . ($1 eq 'bucket' ? '.prog' : '');

		next if $1 eq 'input' && -e $path;
		put $path, pack 'H*', $3;
		$inputs++ if $1 eq 'input';
		print STDERR "$1 $2\n" if $1 ne 'input' && $2 !~ /^known-/;
	} elsif (/^status (.*)/) {
		$begun = 1;
		status $1;
	} elsif (/^verdict /) {
		$begun = 1;
		print "$_\n";
	} elsif ($_ eq 'over') {
		$begun = 1;
		$over = 0;
	} elsif (/^fuzz-guard: |^fuzz: |"unfit"/) {
		print STDERR "$_\n";
	}
}
# 0: it came to its end; 1: it was cut off; 3: it never began
exit($begun ? $over : 3);
