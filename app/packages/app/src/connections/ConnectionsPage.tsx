import { Content, InfoCard, MarkdownContent } from '@backstage/core-components';
import { configApiRef, useApi } from '@backstage/frontend-plugin-api';
import Grid from '@material-ui/core/Grid';
import Typography from '@material-ui/core/Typography';
import { WaitingConnection, waitingConnections } from './waiting';

const Steps = ({ plugin, service, summary, steps }: WaitingConnection) => (
  <Grid item xs={12} md={6} id={plugin}>
    <InfoCard title={service} subheader={summary}>
      <MarkdownContent content={steps.map(step => `1. ${step}`).join('\n')} />
    </InfoCard>
  </Grid>
);

/** The steps to connect each service that is not connected yet. */
export const ConnectionsPage = () => {
  const waiting = waitingConnections(useApi(configApiRef));
  return (
    <Content>
      <Typography paragraph>
        These plugins are part of this portal. Each shows its cards and tabs once the stack of this environment names an
        account for it.
      </Typography>
      <Grid container>
        {waiting.map(connection => (
          <Steps key={connection.plugin} {...connection} />
        ))}
      </Grid>
    </Content>
  );
};
