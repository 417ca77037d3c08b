/** May accompany any message; logs and spans repeat it. */
export interface MessageContext {
  /** W3C trace context. */
  readonly traceparent?: string
  readonly requestId?: string
  /** Who asked for what this message does, e.g. `person:admin`. */
  readonly principal?: string
}
