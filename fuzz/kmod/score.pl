#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
#
# score.pl one FILE MACHINE run PLAIN OUT     a mutant's results as a JSON line
# score.pl one FILE MACHINE STATUS MESSAGES   the same for one that did not run
# score.pl few PLAIN OUT                      its killers, if three or fewer
# score.pl count PLAIN OUT                    how many they are
# score.pl line RESULT [aside]                one line for people
# score.pl table LINES [aside]                the table and the score
#
# Part of mutants.sh, which says what kills a mutant. PLAIN and OUT are result
# folders. With "aside" mistakes are not shown, since that set must stay unread.
# Exit of table: 0, 1 a mutant survived, 3 one could not be run.
use strict;
use warnings;
use JSON::PP;

sub slurp {
	my ($path) = @_;
	open my $f, '<', $path or return '';
	local $/;
	return scalar <$f> // '';
}

sub chomped { my $s = slurp(@_); chomp $s; return $s }

# verdicts by case; of a run that was cut off those it got to
sub verdicts {
	my ($dir) = @_;
	my $text = slurp("$dir/results.json");
	my $all = $text ? eval { JSON::PP->new->decode($text) } : undef;
	return { map { $_->{case} => $_ } @{$all ? $all->{cases} : []} };
}

sub bad { $_[0]{verdict} =~ /^(fail|error)$/ && $_[0]{note} !~ /^(known|emulator)$/ }

sub once {	# those of the one run
	my ($plain, $out) = @_;
	my ($want, $got) = (verdicts($plain), verdicts($out));
	return sort { $a->{case} cmp $b->{case} }
		grep { bad($_) && !($want->{$_->{case}} && bad($want->{$_->{case}})) }
		values %$got;
}

# those that did it again, where they were few and had to
sub killers {
	my ($plain, $out) = @_;
	my %few = map { $_ => 1 } split ' ', slurp("$out/few");
	my %again = map { $_->{case} => 1 } %few ? once($plain, "$out/again") : ();
	return grep { !$few{$_->{case}} || $again{$_->{case}} } once($plain, $out);
}

sub one {
	my ($file, $machine, $status, @rest) = @_;
	my %head;
	for (split /\n/, slurp($file)) {
		$head{$1} //= $2 if /^# (\w+): *(.*)/;
	}
	my ($name) = $file =~ m{([^/]+)\.mut$};
	my %r = (mutant => $name, machine => $machine, status => $status,
		map { $_ => $head{$_} // '' }
		qw(class mistake function vendor equivalent));
	if ($status ne 'run') {
		($r{message}) = slurp($rest[0]) =~ /([^\n]*)\n*\z/;
	} else {
		my ($plain, $out) = @rest;
		my @k = killers($plain, $out);
		my %k = map { $_->{case} => 1 } @k;
		$r{unconfirmed} = [grep { !$k{$_} } split ' ', slurp("$out/few")];
		my %rules = map { $_->{rule} => 1 } grep { $_->{rule} } @k;
		$r{sampled} = -e "$out/sampled" ? JSON::PP::true : JSON::PP::false;
		# with its probability, where the case was repeated and it is none
		$r{killers} = [map { $_->{case} . (($_->{reason} // '') =~
			/^failed in (\d+) of (\d+) runs/ ? "($1/$2)" : '') } @k];
		$r{rules} = [sort keys %rules];
		($r{died}) = map { $_->{case} } grep { $_->{got} eq 'the machine died' } @k;
		$r{cause} = chomped("$out/cause");
		$r{seconds} = chomped("$out/seconds") + 0;
		$r{selftest} = chomped("$out/selftest");
		$r{selftest} =~ s/: .*//;
		# a machine that ends or hangs in no case alone was killed too
		$r{status} = @k || $r{cause} ? 'killed' : 'survived';
		$r{status} = 'equivalent' if $r{status} eq 'survived' && $r{equivalent};
	}
	print JSON::PP->new->canonical->encode(\%r), "\n";
}

sub killed_by {
	my ($r) = @_;
	my @k = @{$r->{killers} // []};
	my $by = !@k ? $r->{cause} : sprintf '%d%s: %s%s', scalar @k,
		$r->{sampled} ? '+' : @k == 1 ? '!' : '',
		join(' ', grep { defined } @k[0 .. (@k > 3 ? 2 : $#k)]), @k > 3 ? ' ...' : '';
	$by .= " (the machine died in $r->{died})" if $r->{died};
	return $by;
}

sub line {
	my ($r, $aside) = @_;
	return sprintf '%-34s %-13s %s', $r->{mutant}, $r->{class},
		$r->{status} eq 'killed' ? 'killed by ' . killed_by($r) :
		$r->{message} ? "$r->{status}: $r->{message}" : $r->{status};
}

sub table {
	my ($path, $aside) = @_;
	my @all = map { JSON::PP->new->decode($_) } split /\n/, slurp($path);
	my %of = map { $_ => [] } qw(killed survived equivalent inapplicable error);
	push @{$of{$_->{status}}}, $_ for @all;
	my @ran = grep { $_->{status} =~ /^(killed|survived)$/ } @all;
	printf "%-34s %-13s %-6s %-9s %5s  %s\n", 'mutant', 'class', 'machine',
		'selftest', 's', 'killed by (! one case only, + at least), deciding rules';
	for my $r (@{$of{killed}}) {
		printf "%-34s %-13s %-6s %-9s %5d  %s\n", @$r{qw(mutant class machine)},
			$r->{selftest} || '-', $r->{seconds}, killed_by($r);
		print ' ' x 76, join(' ', @{$r->{rules}}), "\n" if @{$r->{rules}};
	}
	print "\nequivalent, not counted:\n" if @{$of{equivalent}};
	print "  $_->{mutant}: $_->{equivalent}\n" for @{$of{equivalent}};
	print "\nsurvived:\n" if @{$of{survived}};
	printf "  %-34s %-13s %-6s %-9s %5d  %s%s\n", @$_{qw(mutant class machine)},
		$_->{selftest} || '-', $_->{seconds},
		$aside ? '(set aside: not shown)' : $_->{mistake},
		@{$_->{unconfirmed} // []} ? " (failed once: @{$_->{unconfirmed}})" : ''
		for @{$of{survived}};
	for my $status (qw(inapplicable error)) {
		print "\n$status:\n" if @{$of{$status}};
		print "  $_->{mutant}: $_->{message}\n" for @{$of{$status}};
	}
	my $killed = @{$of{killed}};
	my @self = grep { $_->{selftest} } @ran;
	my $single = grep { @{$_->{killers}} == 1 } @{$of{killed}};
	my $seconds = 0;
	$seconds += $_->{seconds} // 0 for @all;
	printf "\nkilled by the suites: %d of %d (%.0f%%), %d of them by one case only; %d s on the machines\n",
		$killed, scalar @ran, @ran ? 100 * $killed / @ran : 0, $single, $seconds;
	printf "killed by the kernel's own selftest: %d of %d (%.0f%%)\n",
		scalar(grep { $_->{selftest} ne 'pass' } @self), scalar @self,
		100 * grep({ $_->{selftest} ne 'pass' } @self) / @self if @self;
	return @{$of{error}} ? 3 : @{$of{survived}} ? 1 : 0;
}

my $verb = shift // '';
if ($verb eq 'one') {
	one(@ARGV);
} elsif ($verb eq 'few') {
	my @k = once(@ARGV);
	# of these two none can be run by its name
	print "$_->{case}\n" for grep { @k <= 3 &&
		$_->{case} !~ m{^(kernel-log|machine/begins-to-run)$} } @k;
} elsif ($verb eq 'count') {
	print scalar(my @k = killers(@ARGV)), "\n";
} elsif ($verb eq 'line') {
	print line(JSON::PP->new->decode(slurp($ARGV[0])), $ARGV[1]), "\n";
} elsif ($verb eq 'table') {
	exit table(@ARGV);
} else {
	die "score.pl: see its first lines\n";
}
