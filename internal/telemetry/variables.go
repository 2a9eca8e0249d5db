package telemetry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// variable is a standard variable and what it may hold. The SDK passes over a value it cannot read, with a line in the
// log at most; an operator should learn of it at start.
type variable struct {
	name  string
	check func(value string) error
}

var sdkVariables = []variable{{"OTEL_SDK_DISABLED", boolean}}

var traceVariables = []variable{
	{"OTEL_TRACES_EXPORTER", oneOf("otlp", "console", "none")},
	{"OTEL_TRACES_SAMPLER", oneOf("always_on", "always_off", "traceidratio",
		"parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio")},
	{"OTEL_TRACES_SAMPLER_ARG", ratio},
	{"OTEL_BSP_SCHEDULE_DELAY", atLeast(0)},
	{"OTEL_BSP_EXPORT_TIMEOUT", atLeast(0)},
	{"OTEL_BSP_MAX_QUEUE_SIZE", atLeast(1)},
	{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", atLeast(1)},
	{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", atLeast(unlimited)},
	{"OTEL_ATTRIBUTE_COUNT_LIMIT", atLeast(unlimited)},
	{"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", atLeast(unlimited)},
	{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", atLeast(unlimited)},
	{"OTEL_SPAN_EVENT_COUNT_LIMIT", atLeast(unlimited)},
	{"OTEL_SPAN_LINK_COUNT_LIMIT", atLeast(unlimited)},
	{"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", atLeast(unlimited)},
	{"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", atLeast(unlimited)},
}

var metricVariables = []variable{
	{"OTEL_METRICS_EXPORTER", oneOf("otlp", "prometheus", "console", "none")},
	{"OTEL_METRICS_EXEMPLAR_FILTER", oneOf("always_on", "always_off", "trace_based")},
	{"OTEL_METRIC_EXPORT_INTERVAL", atLeast(1)},
	{"OTEL_METRIC_EXPORT_TIMEOUT", atLeast(1)},
	{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", oneOf("cumulative", "delta", "lowmemory")},
	{"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
		oneOf("explicit_bucket_histogram", "base2_exponential_bucket_histogram")},
}

// otlpVariables have a general form, OTEL_EXPORTER_OTLP_*, and one for each signal.
var otlpVariables = []variable{
	{"ENDPOINT", endpoint},
	{"HEADERS", headers},
	{"TIMEOUT", atLeast(0)},
	{"COMPRESSION", oneOf("gzip", "none")},
	{"INSECURE", boolean},
	{"CERTIFICATE", certificates},
}

func check(getenv func(string) string, variables []variable) error {
	for _, v := range variables {
		if value := getenv(v.name); value != "" {
			if err := v.check(value); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
		}
	}
	return nil
}

// checkOTLP checks the variables of a signal. Its own protocol replaces the general one, which may then be anything.
func checkOTLP(getenv func(string) string, signal string) error {
	trimmed := func(name string) string { return strings.TrimSpace(getenv(name)) } // as the exporters do
	general, own := "OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_"+signal+"_"
	protocol := own + "PROTOCOL"
	if trimmed(protocol) == "" {
		protocol = general + "PROTOCOL"
	}
	variables := []variable{{protocol, oneOf("http/protobuf")}}
	for _, v := range otlpVariables {
		variables = append(variables, variable{general + v.name, v.check}, variable{own + v.name, v.check})
	}
	if err := check(trimmed, variables); err != nil {
		return err
	}
	for _, prefix := range []string{general, own} {
		certificate, key := prefix+"CLIENT_CERTIFICATE", prefix+"CLIENT_KEY"
		if err := keyPair(trimmed(certificate), trimmed(key)); err != nil {
			return fmt.Errorf("%s, %s: %w", certificate, key, err)
		}
	}
	return nil
}

func keyPair(certificate, key string) error {
	switch {
	case certificate == "" && key == "":
		return nil
	case certificate == "" || key == "":
		return errors.New("one needs the other")
	}
	_, err := tls.LoadX509KeyPair(certificate, key)
	return err
}

func oneOf(allowed ...string) func(string) error {
	return func(value string) error {
		if slices.Contains(allowed, value) {
			return nil
		}
		return fmt.Errorf("%q is not supported; allowed: %s", value, strings.Join(allowed, ", "))
	}
}

func boolean(value string) error {
	return oneOf("true", "false")(strings.ToLower(value))
}

// unlimited is what turns a limit off.
const unlimited = -1

func atLeast(least int) func(string) error {
	return func(value string) error {
		if n, err := strconv.Atoi(value); err != nil || n < least {
			return fmt.Errorf("%q is not a whole number from %d", value, least)
		}
		return nil
	}
}

func ratio(value string) error {
	if n, err := strconv.ParseFloat(value, 64); err != nil || !(n >= 0 && n <= 1) {
		return fmt.Errorf("%q is not a number from 0 to 1", value)
	}
	return nil
}

// endpoint does not repeat the value, which can hold a password.
func endpoint(value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("not an address of the form http://host:port or https://host:port")
	}
	return nil
}

// headers does not repeat the value, which is usually a secret.
func headers(value string) error {
	for pair := range strings.SplitSeq(value, ",") {
		name, text, found := strings.Cut(pair, "=")
		_, err := url.PathUnescape(text)
		name = strings.TrimSpace(name)
		if !found || err != nil || name == "" || strings.ContainsAny(name, ` "(),/:;<>?@[\]{}`) {
			return errors.New("not of the form name=value,name=value with percent-encoded values")
		}
	}
	return nil
}

func certificates(file string) error {
	pem, err := os.ReadFile(file)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(pem) {
		err = fmt.Errorf("no certificate in %s", file)
	}
	return err
}
