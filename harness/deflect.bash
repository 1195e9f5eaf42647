# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# bash completion for deflect. Commands and options come from its --help, cases
# and rules from the program itself, so this file knows none of them.

_deflect_words() {	# PROGRAM WHAT
	case $2 in
	commands)
		"$1" --help | sed -n 's/^  deflect \([a-z]*\).*/\1/p' | sort -u ;;
	options)
		"$1" --help | grep -oE -e '(^|[ |[])--?[a-z-]+' | tr -d ' |[' ;;
	cases)
		"$1" list --cases; "$1" list --cases | cut -d/ -f1 | uniq ;;
	rules)
		"$1" list --rules --json |
			grep -oE '"(rule|spec)":"[^"]*' | cut -d'"' -f4 ;;
	msrs)
		"$1" list --msrs | cut -d' ' -f1 ;;
	esac 2>/dev/null
}

_deflect() {
	local program=$1 cur=$2 prev=$3 command='' word what=

	COMPREPLY=()
	case $prev in
	--format)	what='tap ktap json text c' ;;
	--era)		what='5.10 6.1 6.12 7.2' ;;
	--results|--baseline)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--output|--cases-from|--skip-from|--state)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--jobs|--timeout|--machine|--emulator|--repeat|--seed|--sample|--kernel|\
	--mask|--value|--from|--to|--reload)
		return ;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word = -* ]] || [[ -n $command ]] ||
			! _deflect_words "$program" commands | grep -qx -e "$word" ||
			command=$word
	done
	if [[ -n $what ]]; then
		:
	elif [[ $cur = -* ]]; then
		what=$(_deflect_words "$program" options)
	else
		case $command in
		'')	what=$(_deflect_words "$program" commands) ;;
		run|list|check)
			what=$(_deflect_words "$program" cases
				_deflect_words "$program" rules) ;;
		explain|repro)
			what=$(_deflect_words "$program" cases
				[[ $command = repro ]] ||
					_deflect_words "$program" rules) ;;
		plan)	what=$(_deflect_words "$program" msrs) ;;
		esac
		case $command in
		repro|replay|plan|diff|summary|report|record|gate|exec)
			mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
		esac
	fi
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$what" -- "$cur")
}
complete -o filenames -F _deflect deflect
