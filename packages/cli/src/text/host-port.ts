import { PiccoloError } from '@piccolo/core/spi'

/** For an option that takes `10.0.0.1:47100`, `[fd00::1]:47100` or `master.local:47100`: the text as it is, or `invalid-argument`. */
export function hostPort(option: string): (text: string) => string {
  return (text) => {
    const [, port] = /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(text) ?? []
    if (port !== undefined && Number(port) <= 65_535) return text
    throw new PiccoloError('invalid-argument', `${option}: expected HOST:PORT, e.g. 10.0.0.1:47100 or [fd00::1]:47100, found "${text}"`)
  }
}
