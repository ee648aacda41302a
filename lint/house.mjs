// oxlint rule (".oxlintrc.json": "jsPlugins": ["./lint/house.mjs"], "rules": { "house/import-direction": "error", "import/no-cycle": ["error", { "ignoreTypes": false }] })
import path from 'node:path';
// left may import right, never the other way round
const ORDER = [
  'cli',
  'app',
  'modules/gateway',
  'modules/registry-api',
  'modules/discovery',
  'modules/servers',
  'modules/auth',
  'modules/audit',
  'modules/rate-limit',
  'modules/cache',
  'modules/monitoring',
  ['database', 'egress', 'http', 'mcp'],
  'config',
  'kernel',
];
const RANK = new Map(ORDER.flatMap((l, i) => [l].flat().map((n) => [n, i])));
const SRC = path.resolve(import.meta.dirname, '../src') + path.sep;
const layerOf = (file) => {
  if (!file.startsWith(SRC)) return undefined;
  const [a, b] = file.slice(SRC.length).split(path.sep);
  return a === 'modules' ? `modules/${b}` : RANK.has(a) ? a : 'app';
};
const rule = {
  meta: { type: 'problem' },
  create(context) {
    const from = layerOf(context.filename);
    if (!from) return {};
    const check = (node) => {
      const spec = node.source?.value;
      if (typeof spec !== 'string' || !spec.startsWith('.')) return;
      const target = path.resolve(path.dirname(context.filename), spec);
      const to = layerOf(target);
      if (!to || to === from) return;
      if (!(RANK.get(from) < RANK.get(to))) context.report({ node, message: `${from} may not import ${to}` });
      else if (to.startsWith('modules/') && path.relative(SRC + to, target) !== 'index.js')
        context.report({ node, message: `import ${to} through its index.js` });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
export default { meta: { name: 'house' }, rules: { 'import-direction': rule } };
