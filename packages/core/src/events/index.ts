export { eventBus, type EventBus, type EventSource, type MasterEvents } from './event-bus.js'
