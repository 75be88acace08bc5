package main

import (
	"os"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	manifest, err := os.ReadFile("../../deploy/kubernetes/lockstep.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := check(manifest); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a misspelled field":     {"automountServiceAccountToken", "automountServiceAccountTokn"},
		"a repeated field":       {"replicas: 2", "replicas: 2\n  replicas: 3"},
		"a number as text":       {"replicas: 2", `replicas: "2"`},
		"the network of a node":  {"automountServiceAccountToken: false", "hostNetwork: true"},
		"a volume of a node":     {"emptyDir: { sizeLimit: 64Mi }", "hostPath: { path: / }"},
		"a privileged container": {"allowPrivilegeEscalation: false", "privileged: true"},
		"a kept capability":      {"drop: [ALL]", "drop: []"},
		"an added capability":    {"drop: [ALL]", "drop: [ALL], add: [NET_RAW]"},
		"another kind":           {"kind: Deployment", "kind: Job"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(string(manifest), change[0], change[1], 1)
			if changed == string(manifest) {
				t.Fatalf("%q is not in the manifest", change[0])
			}
			if err := check([]byte(changed)); err == nil {
				t.Error("was not refused")
			}
		})
	}
}
