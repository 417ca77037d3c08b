import { onTestFinished } from 'vitest'
import type { AdapterContext, MasterChannel, Transport, TransportHandlers, TransportListener } from '@piccolo/core/spi'
import { enrollReply } from './samples.js'
import { grpcTransport } from '../../src/index.js'
import { ephemeralAuthority, transportMaterial } from './ephemeral-authority.js'
import { realContext } from './real-clock.js'

export const never = new AbortController().signal
export const authority = await ephemeralAuthority()
export const material = await transportMaterial(authority)

export interface Stage {
  readonly listener: TransportListener
  readonly agent: Transport
  readonly enrolled: string[]
  readonly sessions: MasterChannel[]
}

/** A master that listens and an agent's transport, both closed after the test. */
export async function stage(handlers: Partial<TransportHandlers> = {}, context: AdapterContext = realContext()): Promise<Stage> {
  const master = grpcTransport({ listen: '127.0.0.1:0' })(context)
  const agent = grpcTransport()(context)
  onTestFinished(async () => {
    await Promise.all([agent.close(), master.close()])
  })
  const enrolled: string[] = []
  const sessions: MasterChannel[] = []
  const listener = await master.listen(
    material.server,
    {
      enroll: async ({ token }) => {
        enrolled.push(token)
        return enrollReply
      },
      renew: async () => enrollReply,
      session: (channel, signal) => {
        sessions.push(channel)
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      },
      ...handlers,
    },
    never,
  )
  return { listener, agent, enrolled, sessions }
}

/** Resolves once the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + 3_000
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`not within 3 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
