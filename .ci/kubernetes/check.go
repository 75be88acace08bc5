// Command check decodes Kubernetes manifests as strictly as a cluster with --validate=strict, and evaluates the Pod
// Security Standard "restricted", with the code of Kubernetes itself.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func main() {
	for _, path := range os.Args[1:] {
		manifest, err := os.ReadFile(path)
		if err == nil {
			err = check(manifest)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
		fmt.Printf("%s: decoded strictly, allowed under restricted\n", path)
	}
}

// check returns an error for a document that is not a deployment, has an unknown or repeated field, or is forbidden.
func check(manifest []byte) error {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return err
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, document := range bytes.Split(manifest, []byte("\n---\n")) {
		var deployment appsv1.Deployment
		if err := yaml.UnmarshalStrict(document, &deployment); err != nil {
			return err
		}
		if deployment.APIVersion != "apps/v1" || deployment.Kind != "Deployment" {
			return errors.New("not a deployment of apps/v1")
		}
		pod := deployment.Spec.Template
		for _, result := range evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec) {
			if !result.Allowed {
				return fmt.Errorf("%s: %s: %s", deployment.Name, result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
	}
	return nil
}
