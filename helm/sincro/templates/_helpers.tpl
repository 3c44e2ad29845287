{{/* Names, labels and the parts that several pods share. Nothing here makes an object of its own. */}}

{{- define "sincro.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "sincro.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "sincro.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "sincro.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The beginning of the names of what belongs to no namespace: two releases of one name do not get in each other's way. */}}
{{- define "sincro.clusterName" -}}
{{- $name := include "sincro.fullname" . }}
{{- eq .Release.Namespace $name | ternary $name (printf "%s-%s" .Release.Namespace $name) }}
{{- end }}

{{/* Labels of an object: dict "root" $ "component" "operator" */}}
{{- define "sincro.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: sincro
{{ include "sincro.selector" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What selects the pods of a component: dict "root" $ "component" "operator" */}}
{{- define "sincro.selector" -}}
app.kubernetes.io/name: {{ include "sincro.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* The image of one of our own programs: dict "root" $ "image" .Values.operator.image */}}
{{- define "sincro.image" -}}
{{- $tag := .image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- $name := printf "%s:%s" .image.repository $tag }}
{{- with .root.Values.image.registry }}{{ . }}/{{ end }}{{ $name }}
{{- end }}

{{- define "sincro.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Security contexts that the restricted Pod Security Standard asks for; the argument is the user's number. */}}
{{- define "sincro.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "sincro.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Keeps replicas of a component on different nodes and zones where there are any: dict "root" $ "component" "operator" */}}
{{- define "sincro.spread" -}}
topologySpreadConstraints:
{{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "sincro.selector" $ | nindent 8 }}
{{- end }}
{{- end }}

{{/* nodeSelector, tolerations and affinity of .Values.operator or another component */}}
{{- define "sincro.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "sincro.operator.serviceAccount" -}}
{{- .Values.operator.serviceAccount.name | default (printf "%s-operator" (include "sincro.fullname" .)) }}
{{- end }}

{{- define "sincro.dashboard.serviceAccount" -}}
{{- .Values.dashboard.serviceAccount.name | default (printf "%s-dashboard" (include "sincro.fullname" .)) }}
{{- end }}

{{/* The namespaces that are looked after, as a JSON list; an empty list is the whole cluster. */}}
{{- define "sincro.namespaces" -}}
{{- if .Values.watch.clusterWide }}[]{{ else }}{{ .Values.watch.namespaces | default (list .Release.Namespace) | uniq | sortAlpha | toJson }}{{ end }}
{{- end }}

{{/* Secrets with URLs: what the values name, or what the chart's own servers bring. Each gives {"name":...,"key":...}. */}}
{{- define "sincro.historySecret" -}}
{{- if .Values.history.databaseUrlSecret.name }}{{ .Values.history.databaseUrlSecret | toJson }}
{{- else if .Values.postgresql.enabled }}{{ dict "name" (printf "%s-postgresql" (include "sincro.fullname" .)) "key" "url" | toJson }}
{{- else }}{}{{ end }}
{{- end }}

{{- define "sincro.redisSecret" -}}
{{- if .Values.redis.urlSecret.name }}{{ .Values.redis.urlSecret | toJson }}
{{- else if .Values.redis.enabled }}{{ dict "name" (printf "%s-redis" (include "sincro.fullname" .)) "key" "url" | toJson }}
{{- else }}{}{{ end }}
{{- end }}

{{- define "sincro.redisDashboardSecret" -}}
{{- if .Values.redis.dashboardUrlSecret.name }}{{ .Values.redis.dashboardUrlSecret | toJson }}
{{- else if .Values.redis.urlSecret.name }}{{ .Values.redis.urlSecret | toJson }}
{{- else if .Values.redis.enabled }}{{ dict "name" (printf "%s-redis" (include "sincro.fullname" .)) "key" "dashboard-url" | toJson }}
{{- else }}{}{{ end }}
{{- end }}

{{- define "sincro.redisScraperSecret" -}}
{{- if .Values.redis.scraperUrlSecret.name }}{{ .Values.redis.scraperUrlSecret | toJson }}
{{- else if .Values.redis.enabled }}{{ dict "name" (printf "%s-redis" (include "sincro.fullname" .)) "key" "scraper-url" | toJson }}
{{- else }}{}{{ end }}
{{- end }}

{{/* A password that stays what it is from upgrade to upgrade: dict "root" $ "secret" NAME "key" KEY */}}
{{- define "sincro.password" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret | default dict }}
{{- $old := get (get $found "data" | default dict) .key }}
{{- if $old }}{{ $old | b64dec }}{{ else }}{{ randAlphaNum 32 }}{{ end }}
{{- end }}

{{- define "sincro.priorityClass.manual" -}}
{{- .Values.priorityClasses.manual.name | default (printf "%s-sync-manual" (include "sincro.clusterName" .)) }}
{{- end }}

{{- define "sincro.priorityClass.scheduled" -}}
{{- .Values.priorityClasses.scheduled.name | default (printf "%s-sync-scheduled" (include "sincro.clusterName" .)) }}
{{- end }}

{{/* The bucket for evidence as JSON; {}: none. */}}
{{- define "sincro.evidenceBucket" -}}
{{- $evidence := .Values.scraper.evidence }}
{{- with $evidence.s3 }}
{{- if .bucket }}
{{- if include "sincro.evidenceClaim" $ }}{{ fail "scraper.evidence: a volume (claimName, create) or a bucket (s3), not both" }}{{ end }}
{{- $bucket := dict "bucket" .bucket "region" .region "prefix" .prefix }}
{{- if .endpoint }}{{ $_ := set $bucket "endpoint" .endpoint }}{{ end }}
{{- if not .secretName }}{{ fail "scraper.evidence.s3.secretName: name the Secret with accessKey and secretKey" }}{{ end }}
{{- $bucket | toJson }}
{{- else }}{}
{{- end }}
{{- end }}
{{- end }}

{{/* The PersistentVolumeClaim for evidence; empty: none is kept. */}}
{{- define "sincro.evidenceClaim" -}}
{{- with .Values.scraper.evidence }}
{{- if .claimName }}{{ .claimName }}{{ else if .create }}{{ include "sincro.fullname" $ }}-evidence{{ end }}
{{- end }}
{{- end }}
