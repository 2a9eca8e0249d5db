// Package manifests checks the Kubernetes manifests against the API's own types.
package manifests

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// kinds makes an object of each apiVersion and kind that the manifests may use.
var kinds = map[string]func() any{
	"apps/v1 Deployment":                     func() any { return &appsv1.Deployment{} },
	"apps/v1 StatefulSet":                    func() any { return &appsv1.StatefulSet{} },
	"autoscaling/v2 HorizontalPodAutoscaler": func() any { return &autoscalingv2.HorizontalPodAutoscaler{} },
	"networking.k8s.io/v1 Ingress":           func() any { return &networkingv1.Ingress{} },
	"networking.k8s.io/v1 NetworkPolicy":     func() any { return &networkingv1.NetworkPolicy{} },
	"policy/v1 PodDisruptionBudget":          func() any { return &policyv1.PodDisruptionBudget{} },
	"v1 ConfigMap":                           func() any { return &corev1.ConfigMap{} },
	"v1 Secret":                              func() any { return &corev1.Secret{} },
	"v1 Service":                             func() any { return &corev1.Service{} },
}

func TestManifests(t *testing.T) {
	files, err := filepath.Glob("../../deploy/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no manifests: %v", err)
	}
	var deployment *appsv1.Deployment
	var nats *appsv1.StatefulSet
	services := map[string]*corev1.Service{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, document := range bytes.Split(content, []byte("\n---\n")) {
			var is struct{ APIVersion, Kind string }
			if err := yaml.Unmarshal(document, &is); err != nil {
				t.Fatalf("%s, document %d: %v", file, n+1, err)
			}
			object := kinds[is.APIVersion+" "+is.Kind]
			if object == nil {
				t.Errorf("%s, document %d: the kind %s %s is not in this test's table", file, n+1, is.APIVersion, is.Kind)
				continue
			}
			decoded := object()
			// As strict as the API server: field names are case-sensitive, and none may be unknown or repeated.
			asJSON, err := yaml.YAMLToJSONStrict(document)
			if err != nil {
				t.Errorf("%s, %s: %v", file, is.Kind, err)
			}
			unknown, err := json.UnmarshalStrict(asJSON, decoded)
			if err := errors.Join(append(unknown, err)...); err != nil {
				t.Errorf("%s, %s: %v", file, is.Kind, err)
			}
			switch decoded := decoded.(type) {
			case *appsv1.Deployment:
				deployment = decoded
			case *appsv1.StatefulSet:
				nats = decoded
			case *corev1.Service:
				services[decoded.Name] = decoded
			}
		}
	}
	if deployment == nil || nats == nil {
		t.Fatal("there is no Deployment or no StatefulSet")
	}
	pod := deployment.Spec.Template
	container := pod.Spec.Containers[0]
	address := ""
	for _, variable := range container.Env {
		if variable.Name == "GUMROAD_MCP_NATS_URL" {
			address = variable.Value
		}
	}
	if want := "nats://" + nats.Spec.ServiceName + ":4222"; address != want {
		t.Errorf("want NATS at %s, got %s", want, address)
	}
	for _, finds := range []struct {
		service string
		labels  map[string]string
		by      *metav1.LabelSelector
	}{
		{deployment.Name, pod.Labels, deployment.Spec.Selector},
		{nats.Spec.ServiceName, nats.Spec.Template.Labels, nats.Spec.Selector},
	} {
		service := services[finds.service]
		if service == nil {
			t.Fatalf("there is no Service %s", finds.service)
		}
		for name, value := range service.Spec.Selector {
			if finds.labels[name] != value || finds.by.MatchLabels[name] != value {
				t.Errorf("the Service's selector %s=%s does not find the pods", name, value)
			}
		}
	}
	stopping := container.Lifecycle.PreStop.Sleep.Seconds + 25 + 2 // the default grace, and what cancelled calls get
	if grace := *pod.Spec.TerminationGracePeriodSeconds; grace <= stopping {
		t.Errorf("the pod is killed after %d s, while it may need %d s to stop", grace, stopping)
	}
	if !*pod.Spec.SecurityContext.RunAsNonRoot {
		t.Error("the pod may run as root")
	}
	if !*container.SecurityContext.ReadOnlyRootFilesystem {
		t.Error("the container may write to its root file system")
	}
	if *container.SecurityContext.AllowPrivilegeEscalation {
		t.Error("the container may gain privileges")
	}
}
