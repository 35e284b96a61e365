/**
 * The layers of the design (sections 1 and 6), import cycles, and which single module touches an outside package.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */

/** Tests and tools are not shipped: they may reach across. */
const NOT_SHIPPED =
  '\\.test\\.tsx?$|/(?:e2e|bench|fuzz|launch|gallery|mutation|testing|vectors)/|(?:^|/)(?:build|launch)\\.mjs$|\\.config\\.ts$';

/** @param {string} name @param {string} comment @param {string} from @param {readonly string[]} allowed inside the repository */
const layer = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: NOT_SHIPPED },
  to: { path: '^(?:wasm-crypto|signal|turn|extension)/', pathNot: [...allowed] },
});

/** @param {string} package_ @param {string} home the one module */
const touchedOnlyBy = (package_, home) => ({
  name: `only-one-module-touches-${package_.replaceAll(/\W+/g, '-')}`,
  comment:
    'Only one module touches each outside thing; everything else is plain logic with it injected (invariant 5).',
  severity: 'error',
  from: { pathNot: [home, NOT_SHIPPED] },
  to: { path: `^node_modules/(?:${package_})/`, dependencyTypesNot: ['type-only'] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle means that two files are one idea, or that one of them knows too much.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(?:chrome|browser|node|#|wxt)' },
    },
    {
      name: 'no-development-packages-in-shipped-code',
      severity: 'error',
      from: { path: '^(?:wasm-crypto|signal|extension)/', pathNot: NOT_SHIPPED },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: '^node_modules/(?:wxt|@types)/',
      },
    },
    {
      name: 'declared-packages-only',
      severity: 'error',
      from: { path: '^(?:wasm-crypto|signal|turn|extension)/', pathNot: NOT_SHIPPED },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    layer(
      'wasm-crypto-imports-nothing-of-ours',
      'It is everything secret and nothing else.',
      '^wasm-crypto/',
      ['^wasm-crypto/'],
    ),
    {
      name: 'wasm-crypto-does-no-input-or-output',
      severity: 'error',
      from: { path: '^wasm-crypto/', pathNot: NOT_SHIPPED },
      to: { dependencyTypes: ['core'] },
    },
    layer(
      'protocol-imports-nothing',
      'Server and client share it; it is the whole contract.',
      '^signal/protocol/',
      ['^signal/protocol/'],
    ),
    layer('signal-knows-itself-and-its-protocol', 'The server knows nothing of the extension.', '^signal/', [
      '^signal/',
    ]),
    layer('turn-imports-nothing', 'coturn needs nothing of ours.', '^turn/', ['^turn/']),
    {
      name: 'bridge-types-know-nothing',
      comment: 'They are the contract that engine and views are held to.',
      severity: 'error',
      from: { path: '^extension/bridge/types/' },
      to: { path: '.', pathNot: '^extension/bridge/types/' },
    },
    layer(
      'bridge-knows-no-side',
      'It carries what engine and views say, and knows neither.',
      '^extension/bridge/',
      ['^extension/bridge/', '^extension/platform/(?:wake|neighbours)\\.ts$'],
    ),
    layer('engine-is-headless', 'The engine knows no pixels.', '^extension/engine/', [
      '^extension/(?:engine|bridge)/',
      '^wasm-crypto/',
      '^signal/protocol/',
    ]),
    layer('views-know-bridge-types-only', 'Views own pixels.', '^extension/views/', [
      '^extension/views/',
      '^extension/locales/',
      '^extension/bridge/(?:types/|(?:name|folding|worker)\\.ts$)',
    ]),
    layer('locales-know-only-themselves', 'Words are data.', '^extension/locales/', [
      '^extension/locales/',
      '^extension/bridge/types/',
    ]),
    layer(
      'platform-knows-no-views',
      'It starts the engine where each browser lets it live; pixels are not its.',
      '^extension/platform/',
      ['^extension/(?:platform|bridge|engine|locales)/'],
    ),
    layer('entrypoints-wire-the-extension', 'Each names what it starts.', '^extension/entrypoints/', [
      '^extension/(?:entrypoints|engine|bridge|views|platform|locales)/',
    ]),
    touchedOnlyBy('libsodium-(?:wrappers-)?sumo', '^wasm-crypto/build\\.mjs$'),
    touchedOnlyBy('uWebSockets\\.js', '^signal/src/[\\w/-]*uws[\\w-]*\\.ts$'),
    touchedOnlyBy('lmdb', '^signal/src/[\\w/-]*(?:embedded|lmdb)[\\w-]*\\.ts$'),
    touchedOnlyBy('ioredis', '^signal/src/store/redis/redis-link\\.ts$'),
    touchedOnlyBy('uqr', '^extension/views/words/qr\\.ts$'),
    touchedOnlyBy('openpgp', '^extension/views/openpgp\\.ts$'),
    touchedOnlyBy('jsqr', '^extension/views/camera\\.ts$'),
    touchedOnlyBy('idb', '^extension/engine/storage/database\\.ts$'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(?:^|/)(?:dist|\\.output|\\.wxt)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
