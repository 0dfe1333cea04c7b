// The bundled connectors that are written in TypeScript, in one script: they share one
// engine, one image and one load.
import abuseipdb from "../../abuseipdb/index.ts";
import cape from "../../cape/index.ts";
import jira from "../../jira/index.ts";
import risk from "../../risk/index.ts";
import slack from "../../slack/index.ts";
import urlscan from "../../urlscan/index.ts";
import virustotal from "../../virustotal/index.ts";

export default [abuseipdb, cape, jira, risk, slack, urlscan, virustotal];
