/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <godwit/godwit.h>

#include "api/rim.h"
#include "migration/progress.h"

struct _godwitForecaster {
    MigForecaster forecaster;
    guint64       downtime_limit; /* ms */
};

/**
 * godwitForecastNew:
 * @downtimeLimit: milliseconds that the guest may stand still (virDomainMigrateGetMaxDowntime()); 0: QEMU's default
 *
 * Returns a forecaster for one migration; free it with godwitForecastFree().
 *
 * Since: godwit 0.1.0
 */
godwitForecasterPtr
godwitForecastNew(unsigned long long downtimeLimit)
{
    godwitForecasterPtr forecaster = g_new0(struct _godwitForecaster, 1);

    forecaster->downtime_limit = downtimeLimit ? downtimeLimit : 300;
    return forecaster;
}

/**
 * godwitForecastUpdate:
 * @forecaster: of this migration
 * @type: as virDomainGetJobStats() answered
 * @params: as virDomainGetJobStats() answered
 * @nparams: their number
 * @forecast: filled
 *
 * Takes a new sample and says when the migration will end and for how long the guest will pause. A quarter of a
 * second to a second between samples is a good rate.
 *
 * Returns 0, or -1: VIR_ERR_INVALID_ARG.
 *
 * Since: godwit 0.1.0
 */
int
godwitForecastUpdate(godwitForecasterPtr forecaster, int type, virTypedParameterPtr params, int nparams,
                     godwitForecast *forecast)
{
    ApiCall call = API_PLAIN();
    Params list = { params, nparams };
    MigForecast now;
    MigStats stats;

    if (!api_need(&call, forecaster) || !api_need(&call, forecast) || !api_need_not_negative(&call, nparams) ||
        (nparams > 0 && !api_need(&call, params)))
        return api_fail(&call);
    mig_stats_from_params(&list, &stats);
    stats.status = type;
    mig_forecast(&forecaster->forecaster, &stats, forecaster->downtime_limit, g_get_monotonic_time(), &now);
    *forecast = (godwitForecast){ now.known, now.converges, now.percent, now.left_ms, now.pause_ms };
    return 0;
}

/**
 * godwitForecastFree:
 * @forecaster: a forecaster, or NULL
 *
 * Since: godwit 0.1.0
 */
void
godwitForecastFree(godwitForecasterPtr forecaster)
{
    g_free(forecaster);
}
