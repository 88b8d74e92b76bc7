/** Examples of the commands of `rekey ca`, by command. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'ca init-root': [
    'rekey ca init-root /secure/root --name "Example Root" --passphrase-out /media/usb/root.pass',
  ],
  'ca create': [
    'rekey ca create /srv/ca --name "VPN Issuing" --parent /secure/root --parent-passphrase-file /media/usb/root.pass --passphrase-out /run/ca.pass',
  ],
  'ca unlock': [
    'rekey ca unlock /srv/ca --passphrase-file -',
    'rekey ca unlock /srv/ca --module /usr/lib/softhsm/libsofthsm2.so --passphrase-file /run/ca.pin',
  ],
  'ca identity': [
    'rekey ca identity /srv/ca frontend --passphrase-file /run/ca.pass --env services/frontend/.env',
    'rekey ca identity /srv/ca frontend --passphrase-file /run/ca.pass --host vpn.example.com --out /run/frontend.pem',
  ],
  'ca import': [
    'rekey ca import /srv/ca --key ca.p12 --key-passphrase-file /run/old.pass --passphrase-out /run/ca.pass',
  ],
  'ca show': ['rekey ca show /srv/ca', 'rekey ca show /srv/ca --json'],
  'ca passphrase': [
    'rekey ca passphrase /srv/ca --passphrase-file /run/ca.pass --passphrase-out /run/new.pass',
  ],
  'ca recovery': [
    'rekey ca recovery /srv/ca --passphrase-file /run/ca.pass --out /media/usb/recovery.pem --recovery-passphrase-out /media/other/recovery.pass',
  ],
  'ca escrow create': [
    'rekey ca escrow create /srv/ca --passphrase-file /run/ca.pass --threshold 2 --holder Alice --holder Bob --holder Carol --out /media/usb/shares',
  ],
  'ca escrow reshare': [
    'rekey ca escrow reshare /srv/ca --share alice.txt --share bob.txt --threshold 2 --holder Alice --holder Bob --holder Dora --out /media/usb/shares',
  ],
  'ca escrow check': [
    'rekey ca escrow check alice.txt --escrow escrow.json --statement checked-alice.txt',
  ],
  'ca escrow record': ['rekey ca escrow record /srv/ca checked-alice.txt checked-bob.txt'],
  'ca biography': ['rekey ca biography /srv/ca --backup /media/usb/backup'],
  'ca audit': [
    'rekey ca audit /srv/ca --log-key "log.example.com+0a1b2c3d+AVq…"',
    'rekey ca audit /srv/ca --url https://certtransparency:8443 --trust ca.pem --log-key "log.example.com+0a1b2c3d+AVq…"',
  ],
  'ca log-key': ['rekey ca log-key ct.example.com/log --out /run/log.key'],
  'ca serials': ['rekey ca serials /srv/ca', 'rekey ca serials /srv/ca --state signed --json'],
  'ca backup create': [
    'rekey ca backup create /srv/ca --passphrase-file /run/ca.pass --out /media/usb/backup --backup-passphrase-out /media/other/backup.pass --lists /srv/lists',
  ],
  'ca backup verify': ['rekey ca backup verify /media/usb/backup --certificate ca.crt'],
  'ca restore': [
    'rekey ca restore /media/usb/backup /srv/ca --backup-passphrase-file /media/other/backup.pass --passphrase-out /run/ca.pass --lists /srv/lists --published crl.pem',
  ],
  'ca drill run': [
    'rekey ca drill run /media/usb/backup --certificate ca.crt --backup-passphrase-file /media/other/backup.pass --keystore /srv/ca',
  ],
  'ca drill verify': [
    'rekey ca drill verify drill.json --certificate ca.crt --operators operators.pem',
  ],
  'ca revoke': [
    'rekey ca revoke --certificate alice.crt --reason keyCompromise --lists /srv/lists',
  ],
  'ca lists': [
    'rekey ca lists /secure/root --lists /srv/lists --passphrase-file /media/usb/root.pass',
  ],
  'ca rotate prepare': [
    'rekey ca rotate prepare /srv/ca --parent /secure/root --parent-passphrase-file /media/usb/root.pass --passphrase-file /run/ca.pass',
  ],
  'ca rotate install': ['rekey ca rotate install /srv/ca --certificate vpn.crt'],
  'ca rotate publish': [
    'rekey ca rotate publish /srv/ca --passphrase-file /run/ca.pass --lists /srv/lists --bundle /srv/ca-bundle.pem',
  ],
  'ca rotate activate': [
    'rekey ca rotate activate /srv/ca --passphrase-file /run/ca.pass --lists /srv/lists',
  ],
  'ca rotate retire': [
    'rekey ca rotate retire /srv/ca --lists /srv/lists --bundle /srv/ca-bundle.pem',
  ],
  'ca rotate destroy': ['rekey ca rotate destroy /srv/ca'],
  'ca rotate rollback': ['rekey ca rotate rollback /srv/ca --lists /srv/lists --from published'],
  'ca rotate status': ['rekey ca rotate status /srv/ca'],
  'ca cross-sign': [
    'rekey ca cross-sign /secure/old-root --certificate ca.crt --passphrase-file /media/usb/root.pass --out cross.crt',
  ],
  'ca sign-intermediate': [
    'rekey ca sign-intermediate /secure/root --request vpn.csr --name "VPN Issuing G2" --passphrase-file /media/usb/root.pass --out vpn.crt',
  ],
}
