// `npm start`: the service alone; builds first when there is no build.
import { buildWhenMissing } from './build.mjs';

buildWhenMissing();
await import('../dist/main.js');
