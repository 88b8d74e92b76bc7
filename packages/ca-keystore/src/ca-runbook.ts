import type { KindRunbook } from '@rekey/secret/kind'
import type { RunbookStep } from '@rekey/secret/internal/kind'

const ROOT = '--parent ca-root --parent-passphrase-file passphrases/root'
const NEXT = 'ca/generation-2'
const PAGE = 'https://github.com/rekey/rekey/blob/main/docs/runbooks/ca.md#replace-the-key-of-a-ca'
const STATUS = 'rekey ca rotate status ca'

/** The part of a runbook that the key of a CA contributes: a person replaces it, with a restart. */
export const caRunbook: KindRunbook = {
  title: 'CA keys',
  overlap: () =>
    `A person replaces the key, with one restart. Verifiers trust both CAs from \`publish\` until \`retire\`; certificates of the old one stay valid until they expire. The commands run on the machine of the service, as its account, in the folder above the keystore: \`ca\` is its \`CA_DIRECTORY\`, \`crl\` its \`CRL_DIRECTORY\`, \`ca-certificates.pem\` its file of trusted CAs, \`ca-root\` the keystore of the root, and \`passphrases\` another volume with one file of mode 600 for each passphrase. Where the root is offline, see [the page of CAs](${PAGE}).`,
  notes: {
    scheduled:
      'No schedule does it: begin months before the CA ends. The passphrase alone is changed by `rekey ca passphrase`; that is no answer to a leaked key.',
    emergency:
      'A holder of the key issues certificates that verifiers accept. So the new CA is used at once, the root revokes the old one, and every certificate that it issued is replaced.',
    stuck:
      'Each step is a command that can be run again: `status` shows the last one that is done. What is published or active stays valid meanwhile.',
    'rolled-back':
      'One step back at a time, until the old CA is retired. A key that has issued certificates is kept.',
  },
  refused:
    'The list of the root has the serial number of the old CA (`openssl crl -in FILE -noout -text`), and verifiers that read it refuse its certificates.',
  remedies: [
    ['`published-recently`', 'verifiers must have had the bundle for seven days: wait'],
    ['`no-drill`', 'make a backup of the new key and drill it'],
    [
      'the root refuses the name',
      'another key has it: roll back, and prepare with `--generation 3`',
    ],
  ],
  steps: ([service = ''], { restart }) => {
    const commands = commandsFor(`--passphrase-file passphrases/${service}`)
    return {
      scheduled: onSchedule(commands, restart(service)),
      emergency: afterLeak(commands, restart(service)),
      stuck: [
        {
          text: 'Ask where it stands, and run the command of the next step again; here it stopped before `publish`:',
          type: [STATUS, commands.publish, STATUS],
          shows: ['generation 2 … prepared since …', '…', 'generation 2 … published since …'],
        },
      ],
      'rolled-back': [
        {
          text: 'Here it was published. With `--from` a repeat changes nothing:',
          type: [
            'rekey ca rotate rollback ca --lists crl --from published',
            'rekey ca rotate rollback ca --lists crl --from prepared',
            STATUS,
          ],
          shows: ['generation 1 … active since …'],
        },
      ],
    }
  },
}

type Commands = ReturnType<typeof commandsFor>

/** @param open the option that names the passphrase of the CA */
function commandsFor(open: string) {
  return {
    prepare: `rekey ca rotate prepare ca ${ROOT} ${open}`,
    publish: `rekey ca rotate publish ca ${open} --lists crl --bundle ca-certificates.pem`,
    drill: [
      `rekey ca backup create ${NEXT} ${open} --lists crl --out backup-2 --backup-passphrase-out passphrases/backup-2`,
      `rekey ca drill backup-2 --backup-passphrase-file passphrases/backup-2 --certificate ${NEXT}/ca.crt --keystore ${NEXT}`,
    ],
    activate: (days: number) =>
      `rekey ca rotate activate ca ${open} --lists crl --published-days ${days}`,
  }
}

const ACTIVE = ['generation 1 … crl-only since …', 'generation 2 … active since …']

function onSchedule(
  { prepare, publish, drill, activate }: Commands,
  restart: string,
): RunbookStep[] {
  return [
    {
      text: 'Make the next key, and give verifiers its CA. `2` is the number that `prepare` prints:',
      type: [prepare, publish, ...drill, STATUS],
      shows: ['generation 1 … active since …', 'generation 2 … published since …'],
    },
    {
      text: 'Give `ca-certificates.pem` to all verifiers and restart them. After seven days:',
      type: [activate(7), STATUS],
      shows: ACTIVE,
    },
    {
      text: `${restart} It issues by the new key from then on. The old one signs its list until you [retire it](${PAGE}). See that the new one is sound:`,
      type: [`rekey ca show ${NEXT}`],
      shows: [],
    },
  ]
}

function afterLeak(
  { prepare, publish, drill, activate }: Commands,
  restart: string,
): RunbookStep[] {
  return [
    {
      text: 'Make the next key and have it issue at once:',
      type: [prepare, publish, ...drill, activate(0), STATUS],
      shows: ACTIVE,
    },
    {
      text: `${restart} Give \`ca-certificates.pem\` to all verifiers and restart them. Have the root revoke the old CA:`,
      type: [
        'rekey ca revoke --certificate ca/ca.crt --lists crl --reason keyCompromise --no-wait',
        'rekey ca lists ca-root --lists crl --passphrase-file passphrases/root',
      ],
      shows: [],
    },
    {
      text: `Replace every TLS identity as one that leaked, and every certificate of a person. Then [retire](${PAGE}) the old CA, and destroy its key and all copies:`,
      type: [STATUS],
      shows: ['generation 2 … active since …'],
    },
  ]
}
