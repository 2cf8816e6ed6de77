/**
 * nats-server in a container, for tests of whoever has Docker: `@jetlane/testing/containers`. Needs `testcontainers` 11, an
 * optional peer dependency.
 */
export {
  NATS_IMAGE,
  type NatsContainer,
  type NatsContainerOptions,
  startNatsContainer,
} from './containers/nats-container.ts';
export { containerObstacle } from './containers/obstacle.ts';
