// Loaded when it is needed. By name: of a CommonJS package, a module that is imported late would be the default alone.
export { Agent, fetch } from 'undici'
