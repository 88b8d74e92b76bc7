import { findForTest } from '@rekey/testbed'
import { describe, expect, it } from 'vitest'
import {
  CHART,
  controllerOf,
  cronJobOf,
  LEAST_VALUES,
  type Manifest,
  oneOf,
  podOf,
  renderChart,
  runHelm,
} from './chart.ts'

const helm = await findForTest('helm')
const RULE = {
  apiGroups: [''],
  resources: ['secrets'],
  resourceNames: ['api-key-frontend-signing'],
  verbs: ['get', 'watch', 'patch'],
}
const DISCOVERY_RULE = {
  apiGroups: ['discovery.k8s.io'],
  resources: ['endpointslices'],
  verbs: ['list'],
}
const FULL_VALUES = {
  ...LEAST_VALUES,
  files: { 'deployment.json': '{}', 'policy.json': '{}', 'ca/root.crt': 'PEM' },
  rbac: { rules: [RULE, DISCOVERY_RULE] },
  journal: { secrets: ['rekey-rotation-api-key-frontend-signing'] },
  env: { VAULT_ADDR: 'https://vault.example:8200' },
  credentials: { secretName: 'rekey-credentials', healthKey: 'health' },
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/rekey' } },
  leaks: { enabled: true },
  timeZone: 'Europe/Berlin',
  audit: { storageClassName: 'fast' },
  networkPolicy: { to: [{ namespaceSelector: {} }] },
}
const kindsIn = (manifests: readonly Manifest[]) => manifests.map(({ kind }) => kind).toSorted()

describe.runIf(helm.found)('the chart', () => {
  it.each([
    ['the least', LEAST_VALUES],
    ['all', FULL_VALUES],
    ['those of a controller', { ...FULL_VALUES, controller: { enabled: true } }],
  ])('is found sound by helm lint with %s values', async (_name, values) => {
    const { code, output } = await runHelm(helm.path, ['lint', '--strict', CHART], values)
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining('1 chart(s) linted, 0 chart(s) failed') as string,
    })
  })

  it('makes no Role and mounts no token where secrets are in another store', async () => {
    const manifests = await renderChart(helm.path, LEAST_VALUES)
    expect(kindsIn(manifests)).toEqual([
      'ConfigMap',
      'CronJob',
      'CronJob',
      'NetworkPolicy',
      'PersistentVolumeClaim',
      'PodDisruptionBudget',
      'PodDisruptionBudget',
      'ServiceAccount',
    ])
    const { pod } = podOf(cronJobOf(manifests, 'rotate'))
    expect(pod.automountServiceAccountToken).toBe(false)
    const vault = { ...LEAST_VALUES, serviceAccount: { automountToken: true } }
    const asked = await renderChart(helm.path, vault)
    expect(podOf(cronJobOf(asked, 'rotate')).pod.automountServiceAccountToken).toBe(true)
  })

  it('gives the rotator the rules of the values, and no others', async () => {
    const manifests = await renderChart(helm.path, FULL_VALUES)
    expect(oneOf(manifests, 'Role')).toMatchObject({
      metadata: { name: 'rekey', namespace: 'vpn' },
      rules: [RULE, DISCOVERY_RULE],
    })
    expect(oneOf(manifests, 'RoleBinding')).toMatchObject({
      roleRef: { kind: 'Role', name: 'rekey' },
      subjects: [{ kind: 'ServiceAccount', name: 'rekey', namespace: 'vpn' }],
    })
    const { pod } = podOf(cronJobOf(manifests, 'rotate'))
    expect(pod).toMatchObject({ serviceAccountName: 'rekey', automountServiceAccountToken: true })
  })

  it('makes the Secrets of the journal empty, and keeps them when the release is uninstalled', async () => {
    const found = oneOf(await renderChart(helm.path, FULL_VALUES), 'Secret')
    expect(found).toMatchObject({
      metadata: {
        name: 'rekey-rotation-api-key-frontend-signing',
        namespace: 'vpn',
        annotations: { 'helm.sh/resource-policy': 'keep' },
      },
      type: 'Opaque',
    })
    expect(found).not.toHaveProperty('data')
  })

  it.each(['rotate', 'sweep', 'leaks'])(
    'runs %s without privileges, on a root that it cannot write',
    async (name) => {
      const { pod, container } = podOf(cronJobOf(await renderChart(helm.path, FULL_VALUES), name))
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect(container.image).toBe(`registry.example/rekey@sha256:${'0'.repeat(64)}`)
    },
  )

  it('mounts the files by their paths, and names the policy where there is one', async () => {
    const manifests = await renderChart(helm.path, FULL_VALUES)
    expect(oneOf(manifests, 'ConfigMap')).toMatchObject({ data: { 'ca__root.crt': 'PEM' } })
    const { pod, container } = podOf(cronJobOf(manifests, 'rotate'))
    expect(pod.volumes).toContainEqual({
      name: 'files',
      configMap: {
        name: 'rekey',
        items: expect.arrayContaining([{ key: 'ca__root.crt', path: 'ca/root.crt' }]) as unknown,
      },
    })
    expect([...container.command, ...container.args].join(' ')).toBe(
      'rekey rotate --due --policy /etc/rekey/policy.json --family /etc/rekey/deployment.json --deadline-ms 180000 --json',
    )
    expect(container.env).toEqual([
      { name: 'VAULT_ADDR', value: 'https://vault.example:8200' },
      { name: 'REKEY_HEALTH_KEY_FILE', value: '/run/rekey/health' },
    ])
    expect(container.volumeMounts).toContainEqual({
      name: 'credentials',
      mountPath: '/run/rekey',
      readOnly: true,
    })
  })

  it('looks for leaks once a minute where the values ask for it', async () => {
    const job = cronJobOf(await renderChart(helm.path, FULL_VALUES), 'leaks')
    expect(job.spec.schedule).toBe('* * * * *')
    const { container } = podOf(job)
    expect([...container.command, ...container.args].join(' ')).toBe(
      'rekey leaks rotate --family /etc/rekey/deployment.json --deadline-ms 60000 --json',
    )
  })

  it('runs replicas of the controller in place of the hourly job where the values ask for it, each with an audit trail of its own', async () => {
    const values = { ...FULL_VALUES, controller: { enabled: true, atOnce: 8 } }
    const manifests = await renderChart(helm.path, values)
    // Whose template is that of a rotation by hand.
    expect(cronJobOf(manifests, 'rotate').spec).toMatchObject({ suspend: true })
    expect(cronJobOf(manifests, 'sweep').spec).toMatchObject({ suspend: false })
    const controller = controllerOf(manifests)
    expect(controller.spec).toMatchObject({
      replicas: 2,
      volumeClaimTemplates: [{ metadata: { name: 'audit' }, spec: { storageClassName: 'fast' } }],
    })
    const { spec: pod, metadata } = controller.spec.template
    const [container] = pod.containers
    expect([...container.command, ...container.args].join(' ')).toBe(
      'rekey controller --host 0.0.0.0 --at-once 8 --every-ms 60000 --lease-ms 60000 --port 9090 --policy /etc/rekey/policy.json --family /etc/rekey/deployment.json --deadline-ms 180000 --json',
    )
    const probe = (path: string) => ({ httpGet: { path, port: 'health' } })
    expect(container).toMatchObject({
      ports: [{ name: 'health', containerPort: 9090 }],
      livenessProbe: probe('/health/live'),
      readinessProbe: probe('/health/ready'),
    })
    const job = podOf(cronJobOf(manifests, 'sweep'))
    expect(container.securityContext).toEqual(job.container.securityContext)
    expect(pod.securityContext).toEqual(job.pod.securityContext)
    expect(pod.volumes).toEqual(job.pod.volumes.filter(({ name }) => name !== 'audit'))
    const budget = manifests.find(
      ({ kind, metadata: { name } }) =>
        kind === 'PodDisruptionBudget' && name === 'rekey-controller',
    )
    const selector = { matchLabels: metadata.labels }
    expect(budget).toMatchObject({ spec: { maxUnavailable: 1, selector } })
    expect(controller.spec).toMatchObject({ selector })
  })

  it('stops the controller where the release is suspended, and gives it the claim that exists', async () => {
    const change = { suspend: true, audit: { existingClaim: 'trail' } }
    const values = { ...LEAST_VALUES, controller: { enabled: true }, ...change }
    const { spec } = controllerOf(await renderChart(helm.path, values))
    expect(spec.replicas).toBe(0)
    expect(spec).not.toHaveProperty('volumeClaimTemplates')
    expect(spec.template.spec.volumes).toContainEqual({
      name: 'audit',
      persistentVolumeClaim: { claimName: 'trail' },
    })
  })

  it('takes no connection, and makes some to the ports of the values alone', async () => {
    const values = { ...LEAST_VALUES, networkPolicy: { ports: [8200] } }
    expect(oneOf(await renderChart(helm.path, values), 'NetworkPolicy')).toMatchObject({
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'rekey' } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [],
        egress: [
          { ports: [{ port: 53 }, { port: 53 }] },
          { ports: [{ protocol: 'TCP', port: 8200 }] },
        ],
      },
    })
  })

  it('lets a drain wait for the run of each job, and for no pod that has not started', async () => {
    const manifests = await renderChart(helm.path, FULL_VALUES)
    for (const name of ['rotate', 'sweep', 'leaks']) {
      const { labels } = cronJobOf(manifests, name).spec.jobTemplate.spec.template.metadata
      expect(labels).toMatchObject({ 'app.kubernetes.io/component': name })
      const budget = manifests.find(
        ({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === `rekey-${name}`,
      )
      expect(budget).toMatchObject({
        spec: {
          minAvailable: 1,
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          selector: { matchLabels: labels },
        },
      })
    }
    const without = (change: object) => renderChart(helm.path, { ...LEAST_VALUES, ...change })
    expect(kindsIn(await without({ podDisruptionBudget: { enabled: false } }))).not.toContain(
      'PodDisruptionBudget',
    )
    const rotating = await without({ sweep: { enabled: false } })
    expect(oneOf(rotating, 'PodDisruptionBudget').metadata.name).toBe('rekey-rotate')
  })

  it('keeps the audit trail when the release is uninstalled', async () => {
    expect(
      oneOf(await renderChart(helm.path, LEAST_VALUES), 'PersistentVolumeClaim'),
    ).toMatchObject({
      metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } },
    })
    const own = { ...LEAST_VALUES, audit: { existingClaim: 'trail' } }
    expect(kindsIn(await renderChart(helm.path, own))).not.toContain('PersistentVolumeClaim')
  })

  it.each([
    ['no image', { image: { repository: '', tag: '1' } }, '/image/repository'],
    ['neither digest nor tag', { image: { repository: 'r', digest: '' } }, '/image'],
    ['a digest that is none', { image: { repository: 'r', digest: 'sha256:12' } }, '/image/digest'],
    [
      'no deployment.json',
      { files: { 'family.json': '{}' } },
      "missing property 'deployment.json'",
    ],
    [
      'a file above the folder',
      { files: { 'deployment.json': '{}', '../x': 'x' } },
      "properties '../x' not allowed",
    ],
    ['a misspelled value', { rotat: {} }, "additional properties 'rotat' not allowed"],
    ['a right to list', { rbac: { rules: [{ ...RULE, verbs: ['list'] }] } }, '/rbac/rules/0/verbs'],
    [
      'rights to every Secret',
      { rbac: { rules: [{ ...RULE, resourceNames: [] }] } },
      'resourceNames',
    ],
    [
      'rights to pods',
      { rbac: { rules: [{ ...RULE, resources: ['pods'] }] } },
      '/rbac/rules/0/resources',
    ],
    [
      'a right to change EndpointSlices',
      { rbac: { rules: [{ ...DISCOVERY_RULE, verbs: ['list', 'patch'] }] } },
      '/rbac/rules/0/verbs',
    ],
    [
      'rights to Services',
      { rbac: { rules: [{ ...DISCOVERY_RULE, resources: ['services'] }] } },
      '/rbac/rules/0/resources',
    ],
    ['a health key of no Secret', { credentials: { healthKey: 'k' } }, '/credentials'],
    ['a budget of another form', { podDisruptionBudget: { minAvailable: '50%' } }, 'minAvailable'],
    ['no replica of the controller', { controller: { replicas: 0 } }, '/controller/replicas'],
    ['a deadline in words', { rotate: { deadlineMs: '3 min' } }, '/rotate/deadlineMs'],
    ['a schedule of four fields', { rotate: { schedule: '1 * * *' } }, '/rotate/schedule'],
  ])('refuses %s, and names the value', async (_name, change, words) => {
    const values = { ...LEAST_VALUES, ...change }
    const { code, output } = await runHelm(helm.path, ['template', 'rekey', CHART], values)
    expect(code).toBe(1)
    expect(output).toContain(words)
    expect(output).toContain("values don't meet the specifications of the schema")
  })

  it('refuses a credential in a variable, and names where it belongs', async () => {
    const values = { ...LEAST_VALUES, env: { VAULT_TOKEN: 'x' } }
    await expect(renderChart(helm.path, values)).rejects.toThrow(
      /env\.VAULT_TOKEN: .* put it into the Secret that credentials\.secretName names/,
    )
  })
})
