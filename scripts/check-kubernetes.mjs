// Checks every manifest of a folder (default: deploy/kubernetes) against the Kubernetes schemas, without a
// cluster or a network: `node scripts/check-kubernetes.mjs [folder]`. One line a document; ends with 1 on any error.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Secret, Service } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';

const KINDS = new Map(
  [ConfigMap, Deployment, Job, PodDisruptionBudget, Secret, Service, StatefulSet].map((model) => [
    `${model.apiVersion} ${model.kind}`,
    model,
  ]),
);
const KUSTOMIZATION = 'kustomize.config.k8s.io/v1beta1 Kustomization';
const KUSTOMIZATION_FIELDS = new Set(['apiVersion', 'kind', 'namespace', 'resources', 'patches', 'images']);
/** Templates for a person to fill in: checked, but not part of what is applied. */
const EXAMPLE = /\.example\.ya?ml$/;

const folder = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../deploy/kubernetes'));
const documents = readdirSync(folder, { recursive: true })
  .filter((file) => /\.ya?ml$/.test(file))
  .toSorted((a, b) => (a < b ? -1 : 1))
  .flatMap(readManifests);

let failed = false;
for (const { file, kind, name, errors } of documents.map(check)) {
  const verdict = errors.length === 0 ? 'ok' : `FAILED\n  ${errors.join('\n  ')}`;
  process.stdout.write(`${file}: ${kind} ${name}: ${verdict}\n`);
  failed ||= errors.length > 0;
}
for (const problem of [...missingKinds(), ...drainTime()]) {
  process.stdout.write(`${path.basename(folder)}: FAILED\n  ${problem}\n`);
  failed = true;
}
process.exitCode = failed ? 1 : 0;

function readManifests(file) {
  return parseAllDocuments(readFileSync(path.join(folder, file), 'utf8'), { uniqueKeys: true }).map((document) => ({
    file,
    problems: [...document.errors, ...document.warnings].map((problem) => problem.message),
    value: document.errors.length === 0 ? document.toJS() : undefined,
  }));
}

function check({ file, problems, value }) {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const kind = isObject ? `${value.apiVersion} ${value.kind}` : 'no object';
  const name = value?.metadata?.name ?? '';
  if (problems.length > 0) return { file, kind, name, errors: problems };
  if (kind === KUSTOMIZATION) return { file, kind, name, errors: kustomizationErrors(path.dirname(file), value) };
  const model = KINDS.get(kind);
  if (!model) return { file, kind, name, errors: [`unknown kind; this script knows ${[...KINDS.keys()].join(', ')}`] };
  if (name === '') return { file, kind, name, errors: ['/metadata/name: missing'] };
  return { file, kind, name, errors: schemaErrors(model, value) };
}

/**
 * The models' validators are compiled code that ignores fields it does not know. They do read every field
 * that they know by its name, though, so a field that was never read is one that the schema does not have.
 */
function schemaErrors(model, manifest) {
  const unread = new Map();
  const errors = [];
  try {
    model.prototype.validate.call(watched(manifest, '', unread));
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    errors.push(...error.errors.map((problem) => `${problem.instancePath || '/'}: ${problem.message}`));
  }
  for (const [at, fields] of unread) errors.push(...[...fields].map((field) => `${at}/${field}: unknown field`));
  return errors;
}

function watched(value, at, unread) {
  if (typeof value !== 'object' || value === null) return value;
  const children = new Map(Object.entries(value).map(([key, child]) => [key, watched(child, `${at}/${key}`, unread)]));
  if (!Array.isArray(value)) unread.set(at, new Set(children.keys()));
  return new Proxy(value, {
    get(target, key) {
      unread.get(at)?.delete(key);
      return children.get(key) ?? Reflect.get(target, key);
    },
  });
}

/** A variant in a folder of its own lists the folder above it (`..`) and what it adds. */
function kustomizationErrors(within, kustomization) {
  const listed = (kustomization.resources ?? []).filter((file) => file !== '..');
  const beside = documents.filter(({ file }) => path.dirname(file) === within);
  const files = new Set(beside.map(({ file }) => path.basename(file)));
  const expected = beside
    .filter(({ file, value }) => !EXAMPLE.test(file) && value?.kind !== 'Kustomization')
    .map(({ file }) => path.basename(file));
  return [
    ...Object.keys(kustomization)
      .filter((field) => !KUSTOMIZATION_FIELDS.has(field))
      .map((field) => `/${field}: unknown field; this script knows ${[...KUSTOMIZATION_FIELDS].join(', ')}`),
    ...listed.filter((file) => !files.has(file)).map((file) => `/resources: ${file} does not exist`),
    ...listed.filter((file) => EXAMPLE.test(file)).map((file) => `/resources: ${file} is an example`),
    ...expected.filter((file) => !listed.includes(file)).map((file) => `/resources: ${file} is missing`),
  ];
}

function missingKinds() {
  const present = new Set(documents.map(({ value }) => `${value?.apiVersion} ${value?.kind}`));
  return [...KINDS.keys(), KUSTOMIZATION].filter((kind) => !present.has(kind)).map((kind) => `there is no ${kind}`);
}

function ofKind(kind) {
  return documents.map(({ value }) => value).filter((value) => value?.kind === kind);
}

/** Kubernetes kills what still runs after the grace period: it has to outlast the drain. */
function drainTime() {
  const env = Object.assign({}, ...ofKind('ConfigMap').map((map) => map.data));
  const [delaySeconds, timeoutSeconds] = ['SHUTDOWN_DELAY_S', 'SHUTDOWN_TIMEOUT_S'].map((key) => Number(env[key]));
  const drainSeconds = delaySeconds + timeoutSeconds;
  return [...ofKind('Deployment'), ...ofKind('StatefulSet')].flatMap((deployment) => {
    const graceSeconds = deployment.spec?.template?.spec?.terminationGracePeriodSeconds ?? 30;
    // Not `<=`, which is false for the NaN of a variable that is missing.
    if (graceSeconds > drainSeconds) return [];
    return [
      `terminationGracePeriodSeconds (${graceSeconds}) of ${deployment.kind} ${deployment.metadata?.name} has to be more than ` +
        `SHUTDOWN_DELAY_S + SHUTDOWN_TIMEOUT_S of the ConfigMap (${env.SHUTDOWN_DELAY_S} + ${env.SHUTDOWN_TIMEOUT_S})`,
    ];
  });
}
