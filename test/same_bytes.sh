#!/usr/bin/env bash
# same_bytes.sh SIM NAME=HUREN...: evaluates sample runs with each build of `huren`, on one thread and on
# several, and compares the documents byte by byte with those of the first build. Prints TAP.
# A build named "valgrind" runs under valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
sim=$PWD/$1
shift

work=$(mktemp -d "${TMPDIR:-/tmp}/huren-same-bytes.XXXXXX")
trap 'rm -rf "$work"' EXIT
make() { "$sim" "$1" --outcome "$2" --format "$3" --run "$4" --out "$work/$1-$2-$4.$3" >/dev/null; }
for outcome in pass fail inconclusive invalid-run not-applicable; do make cut-in $outcome mdf 1; done
make cut-in pass csv 2
make cut-in fail osi 3
for outcome in pass fail; do make car-to-car $outcome mdf 1; done
for run in 1 2 3; do make signal-red pass mdf $run; done
make signal-red fail csv 4

boxes=(--set ego_length=4.8 --set ego_width=1.9 --set lead_length=4.5 --set lead_width=1.8)
marking=(--set lead_wheel_ahead=1.4 --set lead_wheel_left=-0.9 --set marking_x=0 --set marking_y=1.75
	--set marking_yaw=0)
r157=(--scheme un-r157 --limits rules/samples/limits-un-r157.json "${boxes[@]}")
more=()
# judge SCENARIO HUREN...: the documents of one scenario, with the plots, on standard output.
judge() {
	local scenario=$1
	shift
	case $scenario in
	cut-in) "$@" evaluate "${r157[@]}" --scenario cut-in --mapping rules/mappings/sample-cut-in.json --json --plots \
		"${more[@]}" "$work"/cut-in-*.mdf "$work"/cut-in-*.csv ;;
	trace) "$@" evaluate "${r157[@]}" "${marking[@]}" --scenario cut-in-straight --json --plots \
		--mapping rules/mappings/sample-cut-in-osi.json "$work"/cut-in-*.osi ;;
	car-to-car) "$@" evaluate --scheme un-r152 --scenario car-stationary-m1-laden --json --plots \
		--mapping rules/mappings/sample-car-to-car.json --limits rules/samples/limits-un-r152.json \
		--set test_speed=40 --set target_nominal=0 "$work"/car-to-car-*.mdf ;;
	signal-red) "$@" evaluate --scheme gbt-41798 --scenario signal-red --json --plots \
		--mapping rules/mappings/sample-signal-red.json "$work"/signal-red-* ;;
	channels) "$@" channels --sums --json "$work/cut-in-fail-3.osi" ;;
	esac
}

number=0 failed=0 first=${1%%=*}
result() { # result GOOD WORDS
	number=$((number + 1))
	if $1; then echo "ok $number - $2"; else echo "not ok $number - $2"; failed=1; fi
}
for build in "$@"; do
	name=${build%%=*} run=("$PWD/${build#*=}")
	[ "$name" != valgrind ] || run=(valgrind -q --error-exitcode=99 "${run[@]}")
	for scenario in cut-in trace car-to-car signal-red channels; do
		out=$work/out.$name.$scenario code=0
		judge $scenario "${run[@]}" >"$out" 2>"$work/err" || code=$?
		# 10 to 13 are verdicts; anything else is none.
		good=false
		if { [ $code = 0 ] || { [ $code -ge 10 ] && [ $code -le 13 ]; }; } && [ "$(wc -c <"$out")" -gt 500 ]; then
			if cmp -s "$out" "$work/out.$first.$scenario"; then good=true; fi
		else
			sed 's/^/# /' "$work/err"
		fi
		result $good "$name: $scenario, the same as by $first"
	done
done
for count in 1 2 7; do
	more=(--threads $count)
	judge cut-in "$PWD/${1#*=}" >"$work/out.threads" 2>/dev/null || true # a verdict is no failure
	if cmp -s "$work/out.threads" "$work/out.$first.cut-in"; then good=true; else good=false; fi
	result $good "$first: cut-in on $count threads"
done
echo "1..$number"
exit $failed
