import type { Logger } from '../spi/index.js'

/** Tasks that run beside the caller and are waited for at the end. A failure of one is told, and harms no other. */
export class TaskSet {
  readonly #logger: Logger
  readonly #tasks = new Set<Promise<void>>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  own(task: Promise<void>): void {
    const owned = task
      .catch((error: unknown) => this.#logger.error({ error: String(error) }, 'a task of the agent failed'))
      .finally(() => this.#tasks.delete(owned))
    this.#tasks.add(owned)
  }

  async ended(): Promise<void> {
    await Promise.all(this.#tasks)
  }
}
