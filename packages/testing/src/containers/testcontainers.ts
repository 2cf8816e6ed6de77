/** Testcontainers, loaded when it is first needed: who never starts a container need not install it. */
import { JetlaneError } from '@jetlane/core';
import type { ContainerRuntimeClient } from 'testcontainers';

/** The package itself. Throws SERVER_START_FAILED where it is not installed. */
export async function testcontainers(): Promise<typeof import('testcontainers')> {
  return import('testcontainers').catch((cause: Error) => {
    throw new JetlaneError(
      'SERVER_START_FAILED',
      `@jetlane/testing/containers needs the package testcontainers (${cause.message}): npm install --save-dev testcontainers`,
      { cause },
    );
  });
}

/** The engine that containers run in. Throws SERVER_START_FAILED where none answers. */
export async function containerEngine(): Promise<ContainerRuntimeClient> {
  const { getContainerRuntimeClient } = await testcontainers();
  return getContainerRuntimeClient().catch((cause: Error) => {
    throw new JetlaneError(
      'SERVER_START_FAILED',
      `no container engine answers (${cause.message}): start Docker, or say with DOCKER_HOST where one is`,
      { cause },
    );
  });
}
