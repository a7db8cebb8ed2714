// Prometheus' own translator of OTLP names: reads a JSON list of metrics, prints their names.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/prometheus/otlptranslator"
)

type metric struct {
	Name, Unit, Kind string
}

var kinds = map[string]otlptranslator.MetricType{
	"gauge":   otlptranslator.MetricTypeGauge,
	"updown":  otlptranslator.MetricTypeNonMonotonicCounter,
	"counter": otlptranslator.MetricTypeMonotonicCounter,
}

func main() {
	var metrics []metric
	if err := json.NewDecoder(os.Stdin).Decode(&metrics); err != nil {
		log.Fatal(err)
	}
	namer := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	names := []string{}
	for _, m := range metrics {
		name, err := namer.Build(otlptranslator.Metric{Name: m.Name, Unit: m.Unit, Type: kinds[m.Kind]})
		if err != nil {
			log.Fatal(err)
		}
		names = append(names, name)
	}
	if err := json.NewEncoder(os.Stdout).Encode(names); err != nil {
		log.Fatal(err)
	}
}
