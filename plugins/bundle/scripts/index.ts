// The bundled connectors that are written in TypeScript, in one script: they share one
// engine, one image and one load.
import abuseipdb from "../../abuseipdb/index.ts";
import aws from "../../aws/index.ts";
import cape from "../../cape/index.ts";
import crowdstrike from "../../crowdstrike/index.ts";
import elastic from "../../elastic/index.ts";
import jira from "../../jira/index.ts";
import joe from "../../joe/index.ts";
import misp from "../../misp/index.ts";
import msgraph from "../../msgraph/index.ts";
import netbox from "../../netbox/index.ts";
import paloalto from "../../paloalto/index.ts";
import proofpoint from "../../proofpoint/index.ts";
import risk from "../../risk/index.ts";
import slack from "../../slack/index.ts";
import stepca from "../../stepca/index.ts";
import tenable from "../../tenable/index.ts";
import urlscan from "../../urlscan/index.ts";
import virustotal from "../../virustotal/index.ts";
import vulns from "../../vulns/index.ts";

export default [
  abuseipdb,
  aws,
  cape,
  crowdstrike,
  elastic,
  jira,
  joe,
  misp,
  msgraph,
  netbox,
  paloalto,
  proofpoint,
  risk,
  slack,
  stepca,
  tenable,
  urlscan,
  virustotal,
  vulns,
];
