import {
  EventsV1Api,
  EventsV1Event,
  V1MicroTime,
  V1ObjectMeta,
  V1ObjectReference,
} from '@kubernetes/client-node'
import { SecretError } from '@rekey/secret'
import { callApi } from './call-api.ts'
import { createConnect, type KubernetesAccess } from './kubernetes-access.ts'
import type { RoleRule } from './rbac.ts'

/** Where Events are written. */
export interface EventRecorderOptions {
  /** See `findKubernetesAccess`. */
  readonly access: KubernetesAccess
  /** The namespace of the Events, and of what they are about. */
  readonly namespace: string
  /** The program: `rekey.dev/controller`. */
  readonly controller: string
  /** The process: the name of its pod. */
  readonly instance: string
  /** How long one answer may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
}

/** An Event of Kubernetes. It holds no value. */
export interface RecordedEvent {
  /** The name of the object: one that is there already is the same Event. */
  readonly name: string
  readonly type: 'Normal' | 'Warning'
  /** One word for programs: `SecretStuck`. */
  readonly reason: string
  /** A sentence for people, of up to 1,024 characters. */
  readonly note: string
  /** The object that it is about; it need not exist. */
  readonly regarding: { readonly kind: 'Secret' | 'Pod'; readonly name: string }
  readonly at: Date
}

/** The right to write Events, as a rule of a Role. */
export const EVENTS_RULE: RoleRule = {
  apiGroups: ['events.k8s.io'],
  resources: ['events'],
  verbs: ['create'],
}

/** The API server takes no more (`NoteLengthLimit` in pkg/apis/core/validation/events.go). */
const LONGEST_NOTE = 1_024

/**
 * Creates the function that writes Events of `events.k8s.io/v1`, which `kubectl events` lists for as long as the API server keeps them.
 *
 * @throws {SecretError} from the function: as the writes of `openKubernetesStore`; `refused` for a server without TLS, also at once
 *
 * @example
 * ```ts
 * const record = createEventRecorder({ access: findKubernetesAccess(process.env), namespace: 'vpn', controller: 'example.com/watch', instance: 'watch-0' })
 * ```
 */
export function createEventRecorder(
  options: EventRecorderOptions,
): (event: RecordedEvent, signal?: AbortSignal) => Promise<void> {
  const { access, namespace, controller, instance, timeoutMs = 10_000 } = options
  const connect = createConnect(access)
  return async ({ name, regarding, at, note, ...rest }, signal) => {
    const object = { apiVersion: 'v1', namespace, ...regarding }
    const body = Object.assign(new EventsV1Event(), {
      ...rest,
      metadata: Object.assign(new V1ObjectMeta(), { name, namespace }),
      eventTime: new V1MicroTime(at),
      note: note.slice(0, LONGEST_NOTE),
      action: rest.reason,
      regarding: Object.assign(new V1ObjectReference(), object),
      reportingController: controller,
      reportingInstance: instance,
    })
    const send = (api: EventsV1Api) => api.createNamespacedEvent({ namespace, body })
    const action = `write an Event in ${namespace}`
    try {
      await callApi({ api: EventsV1Api, action, send, signal }, { connect, timeoutMs })
    } catch (error) {
      // It was written by an attempt whose answer was lost.
      if (error instanceof SecretError && error.code === 'conflict') return
      throw error
    }
  }
}
