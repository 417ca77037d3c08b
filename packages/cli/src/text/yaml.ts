// Loaded when it is needed; by name, as in credential/https.ts.
export { stringify } from 'yaml'
