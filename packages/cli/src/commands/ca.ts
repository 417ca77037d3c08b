import type { Command } from 'commander'
import type { AuthorityDescription } from '@piccolo/auth-x509'
import type { CliHost } from '../host.js'
import { section, sheet } from '../describe/sheet.js'
import { secretFile } from '../files/secret-file.js'
import { table } from '../text/columns.js'
import { parseDuration } from '../text/duration.js'
import { forPrograms, type ProgramFormat } from '../text/for-programs.js'
import { addDirectoryOption, addPassphraseOption, authorityIn, contentOf, day, parseOverlap, passphraseOf, type MasterDirectoryOptions, type PassphraseOptions } from './authority-options.js'
import { outputOption } from './common.js'

interface PlaceOptions extends MasterDirectoryOptions, PassphraseOptions {
  readonly root?: string
}

/** What is done to the certificate authority, on the machine whose disk its key is on. None of it needs a master that runs. */
export function addCa(program: Command, host: CliHost): void {
  const ca = program.command('ca').description("the cluster's certificate authority: on the master's machine, or where its root is kept")
  for (const add of [addShow, addRoll, addEncrypt, addDecrypt, addIntermediate, addSign]) add(ca, host)
}

function addShow(ca: Command, host: CliHost): void {
  addPlace(ca.command('show'), host)
    .description('the key that tokens pin, how long certificates are valid, and whom nodes trust')
    .addOption(outputOption(['json', 'yaml']))
    .action(async ({ output, ...options }: PlaceOptions & { readonly output?: ProgramFormat }) => {
      const { describeAuthority } = await authorityTools()
      const shown = await describeAuthority({ directory: placeOf(options), nowMs: host.nowMs() }, host.stop)
      await host.out.write(output === undefined ? describe(shown, host) : await forPrograms(shown, output))
    })
}

function addRoll(ca: Command, host: CliHost): void {
  addPassphraseOption(addPlace(ca.command('roll'), host))
    .description('give the authority a new key; a master that runs notices within seconds')
    .option('--overlap <duration>', 'how long certificates by the old key are accepted, e.g. 180d (the default); 0 if that key may be stolen', parseOverlap)
    .action(async ({ overlap, ...options }: PlaceOptions & { readonly overlap?: number }) => {
      const { rollAuthority } = await authorityTools()
      const rolled = await rollAuthority({ directory: placeOf(options), nowMs: host.nowMs(), ...(overlap === undefined ? {} : { overlapMs: overlap }), ...passphraseOf(options) }, host.stop)
      await host.out.write(`${rolled.publicKeyPin}\n`)
      await host.err.write(`Tokens pin this key from now on. ${overlap === 0 ? 'What the old one signed is accepted no longer' : `What the old one signed is accepted until ${day(rolled.overlapUntilMs)}`}. Back the directory up again.\n`)
    })
}

function addEncrypt(ca: Command, host: CliHost): void {
  addPlace(ca.command('encrypt'), host)
    .description("encrypt the authority's key, or encrypt it with another passphrase")
    .requiredOption('--ca-passphrase-file <file>', 'a file with the passphrase that it shall have')
    .option('--old-passphrase-file <file>', 'a file with the passphrase that it has')
    .action(async ({ oldPassphraseFile, caPassphraseFile, ...options }: PlaceOptions & { readonly caPassphraseFile: string; readonly oldPassphraseFile?: string }) => {
      const { changePassphrase } = await authorityTools()
      const next = secretFile('--ca-passphrase-file', caPassphraseFile)
      const current = oldPassphraseFile === undefined ? {} : { current: secretFile('--old-passphrase-file', oldPassphraseFile) }
      await changePassphrase({ directory: placeOf(options), next, ...current }, host.stop)
      await host.err.write('The key is encrypted. From its next start on, `piccolo master` needs --ca-passphrase-file.\n')
    })
}

function addDecrypt(ca: Command, host: CliHost): void {
  addPlace(ca.command('decrypt'), host)
    .description("take the passphrase off the authority's key")
    .requiredOption('--ca-passphrase-file <file>', 'a file with the passphrase that it has')
    .action(async ({ caPassphraseFile, ...options }: PlaceOptions & { readonly caPassphraseFile: string }) => {
      const { changePassphrase } = await authorityTools()
      await changePassphrase({ directory: placeOf(options), current: secretFile('--ca-passphrase-file', caPassphraseFile) }, host.stop)
      await host.err.write('The key is not encrypted any more. Whoever reads the directory has it.\n')
    })
}

function addIntermediate(ca: Command, host: CliHost): void {
  addPassphraseOption(addDirectoryOption(ca.command('intermediate'), host))
    .description('on the master: ask the owner of a root kept elsewhere for a certificate, and put it in force')
    .option('--cluster <name>', 'the cluster, as given to `piccolo master`', 'piccolo')
    .option('--certificate <file>', 'what `piccolo ca sign` has written; without it, the request is printed')
    .action(async ({ certificate, cluster, ...options }: MasterDirectoryOptions & PassphraseOptions & { readonly cluster: string; readonly certificate?: string }) => {
      const { installIntermediate, requestIntermediate } = await authorityTools()
      const place = { directory: authorityIn(options.directory), ...passphraseOf(options) }
      if (certificate === undefined) {
        const { requestPem } = await requestIntermediate({ ...place, cluster }, host.stop)
        await host.out.write(requestPem)
        await host.err.write('Take this to where the root is: piccolo ca sign --root DIR --request FILE > certificate.pem\n')
        return
      }
      const { publicKeyPin } = await installIntermediate({ ...place, certificatesPem: await contentOf('--certificate', certificate) }, host.stop)
      await host.out.write(`${publicKeyPin}\n`)
      await host.err.write("In force. Tokens pin this key, the root's.\n")
    })
}

interface SignOptions extends PassphraseOptions {
  readonly root: string
  readonly request: string
  readonly createRoot?: true
  readonly validFor?: string
}

function addSign(ca: Command, host: CliHost): void {
  addPassphraseOption(ca.command('sign'))
    .description("where the root is kept: let a master's authority sign for it")
    .requiredOption('--root <dir>', "the root's directory; it never has to be on the master")
    .requiredOption('--request <file>', 'what `piccolo ca intermediate` printed')
    .option('--create-root', 'make the root, for a new cluster')
    .option('--valid-for <duration>', 'e.g. 730d; default: five years')
    .action(async ({ root, request, createRoot, validFor, ...options }: SignOptions) => {
      const { signIntermediate } = await authorityTools()
      const signed = await signIntermediate({
        directory: root, request: await contentOf('--request', request), nowMs: host.nowMs(), createRoot: createRoot === true, ...passphraseOf(options),
        ...(validFor === undefined ? {} : { validForMs: parseDuration('--valid-for', validFor) }),
      }, host.stop)
      await host.out.write(signed.certificatesPem)
      await host.err.write(`Good until ${day(signed.notAfterMs)}. On the master: piccolo ca intermediate --certificate FILE\n`)
    })
}

function addPlace(command: Command, host: CliHost): Command {
  return addDirectoryOption(command, host).option('--root <dir>', 'instead: the directory of a root that is kept elsewhere')
}

function placeOf({ directory, root }: PlaceOptions): string {
  return root ?? authorityIn(directory)
}

/** Loaded only here: most commands do without. */
function authorityTools() {
  return import('@piccolo/auth-x509')
}

function describe(shown: AuthorityDescription, { out }: CliHost): string {
  const key = { plain: 'on this machine, not encrypted', encrypted: 'on this machine, encrypted', absent: 'not on this machine' }[shown.key]
  return sheet([
    ['Cluster', shown.cluster],
    ['Pin', shown.publicKeyPin],
    ['Key', shown.entrusted ? `${key}; signs for a root kept elsewhere` : key],
    ['Signs until', day(shown.notAfterMs)],
    ['Pending', shown.keyPending ? 'a key that waits for its certificate' : undefined],
  ]) + section(out, 'Authorities', table(shown.authorities, [
    { title: 'KEY', value: ({ publicKeyPin }) => publicKeyPin.slice(0, 16) },
    { title: 'FROM', value: ({ notBeforeMs }) => day(notBeforeMs) },
    { title: 'UNTIL', value: ({ notAfterMs }) => day(notAfterMs) },
    { title: 'CERTIFICATES', value: ({ trusted }) => (trusted ? 'accepted' : 'renewed only') },
  ], { ...out, width: undefined }))
}
