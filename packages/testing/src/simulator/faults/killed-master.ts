import type { Fault } from '../fault.js'

/** The master is killed, as by kill -9, and started again after a while. */
export const killedMaster: Fault = {
  name: 'killed master',
  lastsMs: [100, 90_000],
  aim({ master, masterService, emit }) {
    return {
      target: 'master',
      detail: 'the master',
      begin() {
        masterService.down()
        master.kill()
        emit({ type: 'life', who: 'master', what: 'killed' })
      },
      end: () => masterService.up(),
    }
  },
}
