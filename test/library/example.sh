#!/bin/sh
# The example of the documents, linked with the shared and the static library, over sample files.
set -eu
shared=$1
static=$2
make_bundle=$3
now=1795490000 # a quarter of an hour after the samples
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$make_bundle" "$folder"
number=0
check() { # what, exit status, program, bundle
	number=$((number + 1))
	status=0
	"$3" "$folder/$4" "$folder/trust.policy" "$now" >"$folder/out" || status=$?
	if [ "$status" = "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		sed 's/^/# /' "$folder/out"
	fi
}
echo 1..6
check 'example says good' 0 "$shared" good.bundle
check 'example says withdrawn' 1 "$shared" withdrawn.bundle
check 'example says not good' 2 "$shared" bad.bundle
check 'example says not a bundle' 2 "$shared" trust.policy
check 'example linked statically says good' 0 "$static" good.bundle
check 'example linked statically says not good' 2 "$static" bad.bundle
