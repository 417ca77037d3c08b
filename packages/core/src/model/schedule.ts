import * as z from 'zod'
import { documentSchema } from './document.js'
import { nameSchema } from './name.js'

const microsecondsSchema = z.int('expected microseconds as a whole number').min(0, 'expected microseconds from 0 on')

/** How one task of a workload is to be scheduled. Times in microseconds; 0 and absent mean "not said". */
const scheduledTaskSchema = z
  .looseObject({
    name: z.string().min(1, 'expected the name of a task'),
    priority: z.int('expected a whole number').min(0, 'expected a priority from 0 to 99').max(99, 'expected a priority from 0 to 99').nullish(),
    policy: z.enum(['NORMAL', 'FIFO', 'RR']).nullish(),
    /** A bit a core: 5 means cores 0 and 2. */
    cpu_affinity: z.int('expected a bit mask as a whole number').min(0, 'expected a bit mask from 0 on').nullish(),
    period: microsecondsSchema.nullish(),
    release_time: microsecondsSchema.nullish(),
    runtime: microsecondsSchema.nullish(),
    deadline: microsecondsSchema.nullish(),
    node_id: nameSchema.nullish(),
    /** Deadlines that may be missed before it counts as a failure. */
    max_dmiss: z.int('expected a whole number').min(0, 'expected a count from 0 on').nullish(),
  })
  .superRefine(({ policy, priority, runtime, deadline, period }, context) => {
    const refuse = (field: string, message: string): void => { context.addIssue({ code: 'custom', path: [field], message }) }
    if ((policy === 'FIFO' || policy === 'RR') && (priority ?? 0) < 1) refuse('priority', `expected a priority from 1 to 99, as ${policy} asks for`)
    for (const [field, limit] of [['deadline', deadline], ['period', period]] as const) {
      if (runtime && limit && runtime > limit) refuse('runtime', `expected no more than the ${field}, ${String(limit)} µs`)
    }
  })

export const scheduleSchema = documentSchema('Schedule', z.array(scheduledTaskSchema).min(1, 'expected at least one task').superRefine((tasks, context) => {
  const seen = new Set<string>()
  tasks.forEach(({ name, node_id }, index) => {
    const task = `${node_id ?? ''}/${name}`
    if (seen.has(task)) context.addIssue({ code: 'custom', path: [index, 'name'], message: `expected each task of a node once, found "${name}" again` })
    seen.add(task)
  })
}))
export type Schedule = z.infer<typeof scheduleSchema>
