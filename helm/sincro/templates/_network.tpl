{{/* Rules of NetworkPolicies, as list items of `egress`. */}}

{{- define "sincro.egress.dns" -}}
- to: [{{ .Values.networkPolicy.dns | toJson }}]
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- end }}

{{/* The argument: a list of {cidr, except, ports} or {to, ports} */}}
{{- define "sincro.egress.addresses" -}}
{{- range . }}
{{- if .to }}
- to: [{{ toJson .to }}]
{{- else }}
- to: [{ipBlock: {cidr: {{ .cidr }}{{ with .except }}, except: {{ toJson . }}{{ end }}}}]
{{- end }}
  ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ int . }}}
    {{- end }}
{{- end }}
{{- end }}

{{/* One of the release's own servers: dict "root" $ "component" "redis" "port" 6379 */}}
{{- define "sincro.egress.own" -}}
- to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ .root.Release.Namespace }}}}
      podSelector:
        matchLabels: {{- include "sincro.selector" . | nindent 10 }}
  ports: [{protocol: TCP, port: {{ .port }}}]
{{- end }}

{{/* Who may come to one of the release's own servers: the operator, the dashboard and, everywhere, the scrapers.
     dict "root" $ "port" 6379 */}}
{{- define "sincro.ingress.clients" -}}
- from:
    {{- range list "operator" "dashboard" }}
    - podSelector:
        matchLabels: {{- include "sincro.selector" (dict "root" $.root "component" .) | nindent 10 }}
    {{- end }}
    - namespaceSelector: {}
      podSelector:
        matchLabels: {app.kubernetes.io/component: scraper, app.kubernetes.io/managed-by: sincro-operator}
  ports: [{protocol: TCP, port: {{ .port }}}]
{{- end }}
