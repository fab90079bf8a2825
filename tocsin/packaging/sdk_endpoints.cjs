// Loaded into the engine before its own code. The SDK of osls 3 and serverless 3 (aws-sdk, version 2)
// reads no AWS_ENDPOINT_URL, nor one for a service, as later ones do: it is given them here.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
'use strict';

const Module = require('node:module');

const PREFIX = 'AWS_ENDPOINT_URL';
const load = Module._load;
const told = new WeakSet();

function tell(sdk) {
  told.add(sdk);
  for (const [name, endpoint] of Object.entries(process.env)) {
    if (!endpoint || !name.startsWith(PREFIX)) continue;
    if (name === PREFIX) {
      sdk.config.update({ endpoint, s3ForcePathStyle: true });
    } else {
      const service = name.slice(PREFIX.length).replaceAll('_', '').toLowerCase();
      sdk.config[service] = { ...sdk.config[service], endpoint };
    }
  }
}

Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (request === 'aws-sdk' && loaded.config && !told.has(loaded)) tell(loaded);
  return loaded;
};
