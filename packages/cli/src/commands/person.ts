import { Option, type Command } from 'commander'
import type { PersonRole } from '@piccolo/core/spi'
import { readCredential, refuseTaken, writeCredential, type Credential } from '../credential/credential.js'
import { credentialPath } from '../credential/places.js'
import type { CliHost } from '../host.js'
import { table } from '../text/columns.js'
import { parseDuration } from '../text/duration.js'
import { forPrograms, type ProgramFormat } from '../text/for-programs.js'
import { addDirectoryOption, addPassphraseOption, authorityIn, day, passphraseOf, type MasterDirectoryOptions, type PassphraseOptions } from './authority-options.js'
import { credentialOption, outputOption } from './common.js'

const roles: readonly PersonRole[] = ['admin', 'operator', 'viewer']

interface NameOptions extends MasterDirectoryOptions {
  readonly name: string
  readonly force?: true
}

interface CreateOptions extends NameOptions, PassphraseOptions {
  readonly role: PersonRole
  readonly certificate?: true
  readonly validFor?: string
  readonly out?: string
  readonly overwrite?: true
  readonly address?: string
}

/** Who may use the API, kept beside the authority on the master's machine. What changes here counts at the next call. */
export function addPerson(program: Command, host: CliHost): void {
  const person = program.command('person').description("people and programs who may use the API: on the master's machine")
  for (const add of [addCreate, addList, addSetRole, addRemove]) add(person, host)
}

function addCreate(person: Command, host: CliHost): void {
  addPassphraseOption(addNamed(person.command('create'), host))
    .description('let somebody in, by a token or a client certificate; what the name had before counts no longer')
    .addOption(roleOption())
    .option('--certificate', 'a client certificate instead of a token')
    .option('--valid-for <duration>', 'of a certificate, e.g. 90d; default: a year')
    .option('--out <file>', 'write a credential for `piccolo --credential`; default: print the token, or NAME.json for a certificate')
    .option('--overwrite', 'replace that file, if there is one')
    .option('--address <url>', "where the API is, for that credential; default: as in the administrator's")
    .action(async (options: CreateOptions, command: Command) => {
      const address = options.address ?? await knownAddress(host, command)
      await (options.certificate === true ? createWithCertificate(host, options, address) : createWithToken(host, options, address))
    })
}

async function createWithToken(host: CliHost, { directory, name, role, out, overwrite, force }: CreateOptions, address: string): Promise<void> {
  if (out !== undefined && overwrite !== true) await refuseTaken(out)
  const { describeAuthority, personCredential } = await peopleTools()
  const place = { directory: authorityIn(directory) }
  // Asked first: a token for a master that is not there would make a directory for it.
  const { authoritiesPem } = await describeAuthority({ ...place, nowMs: host.nowMs() }, host.stop)
  const { token } = await personCredential({ ...place, name, role, force: force === true }, host.stop)
  if (out === undefined) return host.out.write(`${token}\n`)
  await writeCredential(out, { address, caPem: authoritiesPem.join(''), token })
  await told(host, { name, role, out })
}

async function createWithCertificate(host: CliHost, options: CreateOptions, address: string): Promise<void> {
  const { directory, name, role, validFor, out = `${name}.json`, overwrite, force } = options
  if (overwrite !== true) await refuseTaken(out)
  const { personCertificate } = await peopleTools()
  const validity = validFor === undefined ? {} : { validForMs: parseDuration('--valid-for', validFor) }
  const { authoritiesPem, certificateChainPem, privateKeyPem, notAfterMs } = await personCertificate({ directory: authorityIn(directory), name, role, force: force === true, nowMs: host.nowMs(), ...validity, ...passphraseOf(options) }, host.stop)
  await writeCredential(out, { address, caPem: authoritiesPem.join(''), certificatePem: certificateChainPem, privateKeyPem })
  await told(host, { name, role, out, until: `until ${day(notAfterMs)}, ` })
}

async function told(host: CliHost, { name, role, out, until = '' }: { readonly name: string; readonly role: PersonRole; readonly out: string; readonly until?: string }): Promise<void> {
  await host.err.write(`${name} is ${role} from now on, ${until}with the credential ${out}. It holds a secret: hand it over where nobody listens.\n`)
}

function addList(person: Command, host: CliHost): void {
  addDirectoryOption(person.command('list'), host)
    .description('everybody who may use the API')
    .addOption(outputOption(['json', 'yaml']))
    .action(async ({ directory, output }: MasterDirectoryOptions & { readonly output?: ProgramFormat }) => {
      const { listPeople } = await peopleTools()
      const people = await listPeople({ directory: authorityIn(directory) }, host.stop)
      await host.out.write(output === undefined ? table(people, [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'ROLE', value: ({ role }) => role },
        { title: 'BY', value: ({ proof }) => proof },
      ], host.out) : await forPrograms(people, output))
    })
}

function addSetRole(person: Command, host: CliHost): void {
  addNamed(person.command('set-role'), host)
    .description('change what somebody may do; it counts at their next call')
    .addOption(roleOption())
    .action(async ({ directory, name, role, force }: NameOptions & { readonly role: PersonRole }) => {
      const { setPersonRole } = await peopleTools()
      await setPersonRole({ directory: authorityIn(directory), name, role, force: force === true }, host.stop)
      await host.err.write(`${name} is ${role} from now on.\n`)
    })
}

function addRemove(person: Command, host: CliHost): void {
  addNamed(person.command('remove'), host)
    .description('let somebody in no longer; it counts at their next call')
    .action(async ({ directory, name, force }: NameOptions) => {
      const { removePerson } = await peopleTools()
      await removePerson({ directory: authorityIn(directory), name, force: force === true }, host.stop)
      await host.err.write(`${name} is let in no longer.\n`)
    })
}

function addNamed(command: Command, host: CliHost): Command {
  return addDirectoryOption(command.requiredOption('--name <name>', 'who it is: shown in the audit'), host)
    .option('--force', 'even if no administrator is left then')
}

function roleOption(): Option {
  return new Option('--role <role>', 'what they may do').choices([...roles]).makeOptionMandatory()
}

/** Loaded only here: most commands do without. */
function peopleTools() {
  return import('@piccolo/auth-x509')
}

/** That of the credential at hand, else where a master listens unless told otherwise. */
async function knownAddress(host: CliHost, command: Command): Promise<string> {
  const present: Credential | undefined = await readCredential(credentialPath(host, credentialOption(command))).catch(() => undefined)
  return present?.address ?? 'https://127.0.0.1:47099'
}
