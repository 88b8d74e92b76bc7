import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that logins of mail servers contribute. */
export const smtpRunbook: KindRunbook = {
  title: 'Logins of mail servers',
  overlap: () =>
    'Where the mail server holds one password, it ends the old one as it takes the new one. Logins may fail for as long as the family declares; replicas try both meanwhile.',
  notes: {
    scheduled:
      'Where a person changes the password, write it to the file `new-secret`, of mode 600, and delete the file at the end. A server with two has it before the command begins. A server with one gets it once the command waits for it.',
    emergency:
      'The new password replaces the old one. Sessions that are logged in already live on until the server ends them: restart it, or end them there.',
    stuck: 'Replicas know both passwords and use the one that the mail server accepts.',
    'rolled-back': 'The mail server has the old password again, and replicas use it.',
  },
  refused: 'The rotator has logged in with the old password and was refused.',
  remedies: [
    [
      '`did not accept the new password within the gap`, exit code 5',
      'the old password is back; see the reason in brackets, and rotate again',
    ],
    [
      '`does not accept the old password again`',
      'set the old password at the mail server, then run the same command again',
    ],
    [
      '`the mail server still accepts the old password`',
      'remove it there, then run the same command again; it needs no file then',
    ],
  ],
  isPasted: (entry) => (entry as { changer?: { kind: string } }).changer?.kind === 'manual',
}
