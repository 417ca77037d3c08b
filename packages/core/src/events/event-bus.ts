import { EventEmitter } from 'eventemitter3'
import type { Cancel, ClusterEvent, Logger } from '../spi/index.js'

/** What a running master tells those who embed it. Facts, after their commit; the store stays the truth. */
export interface MasterEvents {
  /** Anything that also went to the event log. */
  event: ClusterEvent
}

/** For vendors: listening only. */
export interface EventSource<Events> {
  /** The returned function takes the listener away. A listener that throws is logged and does no harm. */
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Cancel
}

export interface EventBus<Events> extends EventSource<Events> {
  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void
}

export function eventBus<Events>(logger: Logger): EventBus<Events> {
  const emitter = new EventEmitter<string>()
  return {
    on(name, listener) {
      const safe = (payload: Events[typeof name]): void => {
        try {
          listener(payload)
        } catch (error) {
          logger.error({ event: String(name), error }, 'listener of an event threw')
        }
      }
      emitter.on(String(name), safe)
      return () => emitter.off(String(name), safe)
    },
    emit: (name, payload) => {
      emitter.emit(String(name), payload)
    },
  }
}
