/**
 * Finds the replicas of a family where they come and go, in the ways of Prometheus.
 *
 * @module
 */
export {
  openReportBoard,
  type ReportBoard,
  type ReportBoardOptions,
  type ReporterOptions,
} from '../board/report-board.ts'
export { discoverReplicas, type DiscoveryOptions } from './discover-replicas.ts'
export { createDnsSource, type DnsRecordType, type DnsSourceOptions } from './dns-source.ts'
export { createFileSource, type FileSourceOptions } from './file-source.ts'
export { createKubernetesSource, type KubernetesSourceOptions } from './kubernetes-source.ts'
export type { ReplicaAddresses, ReplicaSource } from './replica-source.ts'
