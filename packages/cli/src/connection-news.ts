import type { ConnectionNews } from '@piccolo/client'
import type { CliHost } from './host.js'
import { paint } from './text/paint.js'
import { printable } from './text/printable.js'

/**
 * Tells a person on standard error, once each, when what is followed is lost and when it is back; standard output stays what it
 * is. Answers whether there was something to tell.
 */
export function tellNews({ err }: Pick<CliHost, 'err'>): (news: ConnectionNews) => boolean {
  let lost = false
  return (news) => {
    if ((news.type === 'lost') === lost) return false
    lost = !lost
    const text = news.type === 'back' ? 'Connected again.' : `${printable(news.error.message)} Trying again until it is back; Ctrl-C ends it.`
    void err.write(`${paint(err, 'yellow', 'piccolo:')} ${text}\n`)
    return true
  }
}
