import { fork } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { Admin, alterUserScramCredentialsV0, Connection } from '@platformatic/kafka'
import { awsAccessKey } from '@rekey/aws-iam'
import { kafkaLogin } from '@rekey/kafka'
import { mongoDbLogin } from '@rekey/mongodb'
import { rabbitMqLogin } from '@rekey/rabbitmq'
import { smtpLogin } from '@rekey/smtp'
import {
  findProgram,
  openAwsServer,
  openFerretDb,
  openKafka,
  openRabbitMq,
  type ProgramName,
  runCompiled,
} from '@rekey/testbed'
import { MongoClient } from 'mongodb'
import { newPassword, type Server, USER } from './clients-servers.ts'
import { countSockets } from './clients-sockets.ts'

async function programOf(name: ProgramName) {
  const program = await findProgram(name)
  if (!program.found) throw new Error(`${program.reason}. To install it: ${program.install}`)
  return program
}

export async function openBroker(): Promise<Server> {
  const { path } = await programOf('rabbitmq-server')
  const first = newPassword()
  const broker = await openRabbitMq(path)
  await broker.ask('PUT', `/users/${USER}`, { password: first, tags: '' })
  const all = { configure: '.*', write: '.*', read: '.*' }
  await broker.ask('PUT', `/permissions/%2F/${USER}`, all)
  const { rabbitmq_version: version } = (await broker.ask('GET', '/overview')) as {
    rabbitmq_version: string
  }
  return {
    ...{ host: broker.host, port: broker.port, version: `RabbitMQ ${version}` },
    held: {
      RABBITMQ_SHOP: `amqp://${USER}:${first}@${broker.host}:${broker.port}/`,
      RABBITMQ_ADMINISTRATOR: broker.password.expose(),
    },
    spec: rabbitMqLogin(),
    order: {
      kind: 'rabbitmq',
      entry: {
        management: broker.management,
        administrator: { user: broker.user, passwordName: 'RABBITMQ_ADMINISTRATOR' },
      },
    },
    async connections(client) {
      const open = (await broker.ask('GET', '/connections')) as { user_provided_name?: string }[]
      return open.filter((each) => each.user_provided_name === client).length
    },
    [Symbol.asyncDispose]: () => broker.close(),
  }
}

export async function openFerretDbServer(): Promise<Server> {
  const { path, version } = await programOf('ferretdb')
  const server = await openFerretDb(path)
  const { host, port, user } = server
  const [first, administrator] = [newPassword(), server.password.expose()]
  const root = new MongoClient(`mongodb://${user}:${administrator}@${host}:${port}/`)
  await root.db('users').command({ createUser: USER, pwd: first, roles: [] })
  await root.close()
  return {
    ...{ host, port, version: `FerretDB ${version}` },
    held: {
      MONGODB_SHOP: `mongodb://${USER}:${first}@${host}:${port}/shop?authSource=users`,
      MONGODB_ADMINISTRATOR: administrator,
    },
    spec: mongoDbLogin(),
    order: {
      kind: 'mongodb',
      entry: {
        administrator: { user, passwordName: 'MONGODB_ADMINISTRATOR', authSource: 'admin' },
        listsSessions: false,
      },
    },
    connections: countSockets(port),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

export async function openKafkaServer(): Promise<Server> {
  const { path, version } = await programOf('kafka')
  const settings = { 'allow.everyone.if.no.acl.found': 'true' }
  const kafka = await openKafka({ program: path, settings })
  const { broker, administrator } = kafka
  const [host = '', port = ''] = broker.split(':')
  const [first, root] = [newPassword(), administrator.password.expose()]
  const sasl = { mechanism: 'SCRAM-SHA-512', username: administrator.user, password: root } as const
  const connection = new Connection(USER, { sasl })
  await connection.connect(host, Number(port))
  const salt = randomBytes(16)
  const saltedPassword = pbkdf2Sync(first, salt, 4096, 64, 'sha512')
  const credential = { name: USER, mechanism: 2, iterations: 4096, salt, saltedPassword } as const
  await alterUserScramCredentialsV0.api.async(connection, [], [credential])
  await connection.close()
  const admin = new Admin({ clientId: USER, bootstrapBrokers: [broker], sasl })
  await admin.createTopics({ topics: ['calls'], partitions: 1, replicas: 1 })
  await admin.close()
  return {
    ...{ host, port: Number(port), version: `Kafka ${version}` },
    held: { KAFKA_SHOP: `${USER}:${first}`, KAFKA_ADMINISTRATOR: root },
    spec: kafkaLogin(),
    order: {
      kind: 'kafka',
      entry: {
        ...{ brokers: [broker], mechanism: 'SCRAM-SHA-512', tls: false },
        administrator: { user: administrator.user, passwordName: 'KAFKA_ADMINISTRATOR' },
      },
    },
    connections: countSockets(Number(port)),
    [Symbol.asyncDispose]: () => kafka.close(),
  }
}

export async function openAws(): Promise<Server> {
  const { path, version } = await programOf('moto')
  const server = await openAwsServer({ program: path })
  const { endpoint, region } = server
  const root = new IAMClient({ endpoint, region, credentials: server.credentials })
  const newUser = async (UserName: string, actions: string) => {
    await root.send(new CreateUserCommand({ UserName }))
    const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await root.send(new PutUserPolicyCommand({ UserName, PolicyName: 'rights', PolicyDocument }))
    const { AccessKey: key } = await root.send(new CreateAccessKeyCommand({ UserName }))
    const [accessKeyId, secretAccessKey] = [key?.AccessKeyId, key?.SecretAccessKey]
    return JSON.stringify({ accessKeyId, secretAccessKey, nonProduction: true })
  }
  const [first, administrator] = [await newUser(USER, 's3:*'), await newUser('rekey', 'iam:*')]
  // From here on requests need a key and a right.
  await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: '0' })
  const { hostname: host, port } = new URL(endpoint)
  return {
    ...{ host, port: Number(port), version: `moto ${version}` },
    held: { [awsAccessKey().nameFor(USER)]: first, IAM_ADMINISTRATOR: administrator },
    spec: awsAccessKey(),
    order: {
      kind: 'aws-access-key',
      entry: { user: USER, region, endpoint, administratorName: 'IAM_ADMINISTRATOR', settleMs: 0 },
    },
    connections: countSockets(Number(port)),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** Sets the password of the mail server, as a program of its operator does. */
const CHANGER = 'read user; read password; printf %s "$password" > "$0.new"; mv "$0.new" "$0"'

export async function openMailServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-mail-'))
  const [place, first] = [join(folder, 'password'), newPassword()]
  await writeFile(place, first, { mode: 0o600 })
  const file = fileURLToPath(new URL('clients-mail-server.ts', import.meta.url))
  const [program = '', ...args] = runCompiled(file)
  const server = fork(program, [...args, place])
  const [port] = (await once(server, 'message')) as [number]
  const manifest = createRequire(import.meta.url).resolve('smtp-server/package.json')
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  const command = ['/bin/sh', '-c', CHANGER, place]
  return {
    ...{ host: 'localhost', port, version: `smtp-server ${version}` },
    held: { SMTP_SHOP: `smtp://${USER}:${first}@localhost:${port}` },
    spec: smtpLogin(),
    order: { kind: 'smtp', entry: { changer: { kind: 'command', command, gapMs: 5_000 } } },
    connections: countSockets(port),
    async [Symbol.asyncDispose]() {
      server.kill()
      await rm(folder, { recursive: true })
    },
  }
}
