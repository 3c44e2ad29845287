{{/* TLS to PostgreSQL and Redis: which authorities are believed, and where a program finds them. The chart's own servers for
trying it out have no TLS: with them, nothing of this may be set. */}}

{{- define "sincro.tls.check" -}}
{{- range $what, $own := dict "database" "postgresql" "redis" "redis" }}
{{- $ca := (get $.Values.tls $what).ca }}
{{- if and $ca.secretName $ca.configMapName }}
{{- fail (printf "tls.%s.ca: either secretName or configMapName" $what) }}
{{- end }}
{{- if and (get $.Values $own).enabled (or $ca.secretName $ca.configMapName (get (get $.Values.tls $what) "sslMode")) }}
{{- fail (printf "tls.%s is for a server of your own: the one of %s.enabled has no TLS" $what $own) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sincro.tls.hasCa" -}}
{{- if or .secretName .configMapName }}true{{ end }}
{{- end }}

{{- define "sincro.tls.sslMode" -}}
{{- if .Values.tls.database.sslMode }}{{ .Values.tls.database.sslMode }}
{{- else if include "sincro.tls.hasCa" .Values.tls.database.ca }}verify-full{{ end }}
{{- end }}

{{/* What libpq reads where the URL does not say it. */}}
{{- define "sincro.tls.env" -}}
{{- with include "sincro.tls.sslMode" . }}
- {name: PGSSLMODE, value: {{ . }}}
{{- end }}
{{- if include "sincro.tls.hasCa" .Values.tls.database.ca }}
- {name: PGSSLROOTCERT, value: /etc/sincro/database-ca/ca.crt}
{{- end }}
{{- end }}

{{- define "sincro.tls.mounts" -}}
{{- range $what := list "database" "redis" }}
{{- if include "sincro.tls.hasCa" (get $.Values.tls $what).ca }}
- {name: {{ $what }}-ca, mountPath: /etc/sincro/{{ $what }}-ca, readOnly: true}
{{- end }}
{{- end }}
{{- end }}

{{- define "sincro.tls.volumes" -}}
{{- range $what := list "database" "redis" }}
{{- with (get $.Values.tls $what).ca }}
{{- if .secretName }}
- name: {{ $what }}-ca
  secret: {secretName: {{ .secretName }}, items: [{key: {{ .key }}, path: ca.crt}], defaultMode: 0440}
{{- else if .configMapName }}
- name: {{ $what }}-ca
  configMap: {name: {{ .configMapName }}, items: [{key: {{ .key }}, path: ca.crt}]}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The same for the operator's settings: the scrapers that it makes. */}}
{{- define "sincro.tls.reference" -}}
{{- if .secretName }}{{ dict "secretName" .secretName "key" .key | toJson }}
{{- else if .configMapName }}{{ dict "configMapName" .configMapName "key" .key | toJson }}
{{- else }}{}{{ end }}
{{- end }}
