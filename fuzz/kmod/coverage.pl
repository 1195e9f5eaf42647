#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage.pl LIST SOURCE OUT MACHINE=KERNELDIR=REACHED...
#
# Part of coverage.sh: which lines of the functions in LIST (coverage.txt) were
# reached. SOURCE is a kernel tree, KERNELDIR what modules.sh -c built of it,
# REACHED what cover_tell() printed on that machine. Prints the table, and puts
# the same as JSON into OUT.
#
# A block of code goes from one call to the tracer to the next, so a line is
# reached if an instruction of it follows, before the next call, one that was.
# Functions are told by the lines of their source, so what the compiler makes
# of a function in another one counts as well.
#
# Exit: 0, 1 a line is neither reached nor has a reason, 3 with one line on
# stderr.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;

sub give_up { print STDERR "coverage.pl: @_\n"; exit 3 }

sub lines_of {
	my ($path) = @_;
	open my $f, '<', $path or give_up("cannot read $path: $!");
	chomp(my @lines = <$f>);
	return @lines;
}

sub output_of {
	open my $f, '-|', @_ or give_up("$_[0]: $!");
	my @lines = <$f>;
	close $f or give_up("$_[0] fails on $_[-1]");
	return @lines;
}

# ---- what is asked for ----

# [{name, label, why => [[text, reason]...]}...]
sub read_list {
	my ($path) = @_;
	my ($n, @list) = 0;

	for (lines_of($path)) {
		$n++;
		next if /^(#|\s*$)/;
		if (/^(\w+)(?: (case \w+))?$/) {
			push @list, { name => $1, label => $2, why => [] };
		} elsif (@list && m{^\t(\S.*?)\s+//\s+(\S.*)}) {
			push @{$list[-1]{why}}, [$1, $2];
		} else {
			give_up("$path:$n: neither FUNCTION [case LABEL] nor, after",
				"a tab, TEXT // REASON");
		}
	}
	return @list;
}

# The part of a function from a label to the next one of that switch.
sub cut_case {
	my ($f, $label) = @_;
	my @text = @{$f->{text}};

	my ($from) = grep { $text[$_] =~ /^\s*$label:/ } 0 .. $#text or return;
	my ($indent) = $text[$from] =~ /^(\s*)/;
	my ($to) = grep { $text[$_] =~ /^$indent(case |default:|})/ }
		$from + 1 .. $#text;
	return { %$f, name => "$f->{name} $label", first => $f->{first} + $from,
		text => [@text[$from .. ($to // @text) - 1]] };
}

# The definitions of these in KVM: {file, name, first, text => [lines],
# want => its entry in the list}.
sub find_functions {
	my ($source, @list) = @_;
	my (@found, %wanted);

	push @{$wanted{$_->{name}}}, $_ for @list;
	my $names = join '|', keys %wanted;

	for my $path (glob "$source/arch/x86/kvm/*.[ch] " .
			   "$source/arch/x86/kvm/*/*.[ch] $source/virt/kvm/*.[ch]") {
		my @lines = lines_of($path);
		for (my $i = 0; $i < @lines; $i++) {
			next unless $lines[$i] =~ /^(?:\w[^;={]*[\s*])?($names)\(/ &&
				$lines[$i] !~ /\b(__)?weak\b/;
			my ($name, $end) = ($1, $i);
			$end++ until $end == @lines || $lines[$end] =~ /[;{]/;
			next if $end == @lines || $lines[$end] =~ /;/;
			$end++ until $end == @lines || $lines[$end] =~ /^}/;
			my $f = { file => substr($path, 1 + length $source),
				name => $name, first => $i + 1,
				text => [@lines[$i .. $end - 1]] };
			for my $want (@{$wanted{$name}}) {
				my $part = $want->{label} ?
					cut_case($f, $want->{label}) : {%$f};
				push @found, { %$part, want => $want } if $part;
			}
			$i = $end;
		}
	}
	return @found;
}

# ---- what was reached ----

# {module}{section}{offset of the return address}
sub read_reached {
	my ($path) = @_;
	my %reached;

	for (lines_of($path)) {
		next unless /^{"reached":/;
		my $r = eval { JSON::PP->new->decode($_) } or next;
		$reached{$r->{reached}}{$r->{section}}{hex $_} = 1
			for split ' ', $r->{at};
	}
	%reached or give_up("$path: nothing was reached");
	return %reached;
}

# A module that is linked, so that each section has addresses of its own.
sub link_module {
	my ($ko, $tmp) = @_;
	my $script = "$tmp/script";

	open my $f, '>', $script or give_up("$script: $!");
	print $f "SECTIONS { . = 0x1000; }\n";
	close $f;
	system("ld -T $script -e 0 --unresolved-symbols=ignore-all -o $tmp/linked " .
		"\Q$ko\E 2>$tmp/ld") == 0 or
		give_up("cannot link $ko:", (lines_of("$tmp/ld"))[0]);
	return "$tmp/linked";
}

# Reached or not, for each line that has code: {file}{line}, a file's name being
# without its directories. %at: reached, by section and offset.
sub lines_reached {
	my ($ko, $tmp, %at) = @_;
	my ($linked, $section, %address, @blocks, %line);

	$linked = link_module($ko, $tmp);
	for (output_of('readelf', '-SW', $linked)) {
		$address{$1} = hex $2 if /\] (\.\S+) +PROGBITS +([0-9a-f]+)/;
	}
	# a call is five bytes, its operand is what is relocated
	for (output_of('readelf', '-rW', $ko)) {
		$section = $1 if /^Relocation section '\.rela(.*?)'/;
		next unless /^([0-9a-f]+) .* __sanitizer_cov_trace_pc - 4$/ &&
			defined $address{$section};
		push @blocks, [$address{$section} + hex($1) - 1,
			$at{$section}{hex($1) + 4} ? 1 : 0];
	}
	@blocks or give_up("$ko is not built with coverage");
	@blocks = sort { $a->[0] <=> $b->[0] } @blocks;
	# what precedes the first call of a function belongs to it
	my @starts = sort { $a <=> $b } map { /^([0-9a-f]+) [tTwW] / ? hex $1 : () }
		output_of('nm', $linked);
	my ($k, @begins) = 0;
	for my $i (0 .. $#starts) {
		my $end = $starts[$i + 1] // ~0;
		$k++ while $k < @blocks && $blocks[$k][0] < $starts[$i];
		push @begins, [$k, $starts[$i]]
			if $k < @blocks && $blocks[$k][0] < $end;
	}
	$blocks[$_->[0]][0] = $_->[1] for @begins;

	# of several rows of an address the last has the instruction, the others
	# are of lines that it stands for as well
	my %row;
	# it warns of names in the list of files that no row has
	for (output_of('sh', '-c', 'exec objdump --dwarf=decodedline "$0" 2>/dev/null',
			$linked)) {
		push @{$row{hex $3}}, [$1, $2] if /^(\S+) +(\d+) +0x([0-9a-f]+)/;
	}
	$k = 0;
	for my $address (sort { $a <=> $b } keys %row) {
		$k++ while $k + 1 < @blocks && $blocks[$k + 1][0] <= $address;
		next if $blocks[$k][0] > $address;
		$line{$_->[0]}{$_->[1]} ||= $blocks[$k][1] for @{$row{$address}};
	}
	return \%line;
}

# ---- the table ----

my ($list, $source, $out, @runs) = @ARGV;
@runs or give_up('usage: LIST SOURCE OUT MACHINE=KERNELDIR=REACHED...');
my $tmp = tempdir(CLEANUP => 1);
my @list = read_list($list);
my @found = find_functions($source, @list);
my ($kernel, %lines, @machines);	# {machine}{module}{file}{line}

for (@runs) {
	(my $machine, $kernel, my $reached) = split /=/;
	my %reached = read_reached($reached);
	push @machines, $machine;
	for my $module (sort keys %reached) {
		my $ko = "$kernel/debug/" . ($module =~ tr/_/-/r) . '.ko';
		$lines{$machine}{$module} =
			lines_reached($ko, $tmp, %{$reached{$module}});
	}
}

sub module_of {	# a function's file
	return $_[0] =~ m{/svm/} ? 'kvm_amd' : $_[0] =~ m{/vmx/} ? 'kvm_intel' : 'kvm';
}

my ($open, @table, %seen) = 0;
for my $f (sort { $a->{file} cmp $b->{file} || $a->{first} <=> $b->{first} } @found) {
	my ($base) = $f->{file} =~ m{([^/]+)$};
	my (%count, %state);
	for my $machine (@machines) {
		my $code = $lines{$machine}{module_of($f->{file})}{$base} or next;
		for my $n ($f->{first} .. $f->{first} + @{$f->{text}} - 1) {
			next unless defined $code->{$n};
			# that is the entry, which an inlined one does not have
			next if $f->{text}[$n - $f->{first}] eq '{';
			$count{$machine}[$code->{$n}]++;
			$state{$n} ||= $code->{$n};
			push @{$f->{machines}{$machine}{$code->{$n} ? 'reached' :
				'unreached'}}, $n;
		}
	}
	next unless %state;
	$seen{$f->{want}} = 1;
	$f->{unreached} = [];
	my $none = !grep { $_ } values %state;
	for my $n (sort { $a <=> $b } grep { !$state{$_} } keys %state) {
		my $text = $f->{text}[$n - $f->{first}];
		my ($why) = grep { $_->[0] eq '*' ? $none :
			index($text, $_->[0]) >= 0 } @{$f->{want}{why}};
		$open++ unless $why;
		push @{$f->{unreached}}, { line => $n, text => $text =~ s/^\s+//r,
			$why ? (reason => $why->[1]) : () };
	}
	push @table, $f;
	printf "%-44s %s\n", $f->{name}, join '  ', map {
		my ($no, $yes) = map { $_ // 0 } @{$count{$_} // []}[0, 1];
		sprintf '%-11s', $count{$_} ? "$_ $yes/" . ($yes + $no) : "$_ -"
	} @machines;
	printf "  %s:%d: %s  // %s\n", $base, $_->{line}, $_->{text},
		$_->{reason} // 'NO CASE' for @{$f->{unreached}};
}
my @absent = map { $seen{$_} ? () : join ' ', grep { defined }
	@$_{qw(name label)} } @list;
print 'not in this kernel, or no code of its own: ', join(', ', @absent), "\n"
	if @absent;
printf "%d functions, %d lines not reached on any of: %s; %d of them without a reason\n",
	scalar @table, $open + grep({ defined $_->{reason} } map { @{$_->{unreached}} } @table),
	"@machines", $open;

open my $f, '>', $out or give_up("cannot write $out: $!");
print $f JSON::PP->new->canonical->pretty->encode({ machines => \@machines,
	kernel => (lines_of("$kernel/release"))[0], absent => \@absent,
	functions => [map { { name => $_->{name}, file => $_->{file},
		machines => $_->{machines}, unreached => $_->{unreached} } } @table] });
close $f or give_up("cannot write $out: $!");
exit($open ? 1 : 0);
