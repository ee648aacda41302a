export type { AuthOptions } from './auth-options.js';
export { AuthModule } from './auth.module.js';
