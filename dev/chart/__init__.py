"""What of the chart is made: the README's table of values (`readme`) and the Grafana dashboard (`grafana`)."""
