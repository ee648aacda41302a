export { type Component, type ComponentHealth, HealthIndicators } from './health-indicators.js';
export { timeRequests } from './http-timing.js';
export { AlertCallbacks, type AlertNotice } from './monitor/alert-callbacks.js';
export { MonitoringModule } from './monitoring.module.js';
export { Readiness, type ServiceState, type StartupTask } from './readiness.js';
export { type Sampler, Samplers } from './samplers.js';
export { SERVICE_VERSION } from './service-version.js';
